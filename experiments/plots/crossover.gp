# crossover.gp - shadow paging against EPT or NPT: who is cheaper, as TLB misses become more frequent than
# page-table changes
form = ARG1; out = ARG2
data = "crossover.dat"
series = ""; colours = ""; marks = ""; crossings = 0; rival = ""; widest = 10
stats data index 0 every ::1 using (series = series . '"' . strcol(1) . '" ', \
	colours = colours . strcol(2) . " ", marks = marks . strcol(3) . " ", crossings = crossings + $4, \
	rival = strcol(5), widest = strlen(strcol(1)) > widest ? strlen(strcol(1)) : widest, 0) nooutput
N = words(series)
names = 70 + 9.0 * widest
wide = 740 + names
high = 580
load "style.gp"
against = name_of(rival)
palette_of = "#4477aa #ee6677 #228833 #ccbb44 #aa3377 #66ccee #777777 #222255"
colour(i) = word(palette_of, int(word(colours, i)) % 8 + 1)
mark(i) = word("7 6 5 4 9 8 11 10", int(word(marks, i)) % 8 + 1)

# Room for a line of text above and below all points
lowest = 0; highest = 0
do for [i=1:N] {
	stats data index i every ::1 using (lowest = min(lowest, $2), highest = max(highest, $2), 0) nooutput
}
room = 0.1 * max(highest - lowest, 1e-3)
set yrange [lowest - room:highest + room]

# Guests that change no page table
absent = ""; low = 1e300; top = -1e300
stats data index N + 2 every ::1 using (absent = strstrt(absent . ",", " " . word(strcol(1), 1) . ",") ? absent : \
	absent . (absent eq "" ? " " : ", ") . word(strcol(1), 1), low = min(low, $2), top = max(top, $3), 0) nooutput
note = absent eq "" ? "" : sprintf("Not shown, as they change no page table:%s (difference %.0f to %.0f %%)", absent, low, top)

set logscale x
set format x "%g"
set xlabel sprintf("TLB misses under %s per page-table change of the guest (PTE writes, CR3 writes, INVLPG)\n%s", against, note)
set grid x
set lmargin at screen 105.0 / wide
set rmargin at screen 1 - 1.0 * names / wide
set label 3 sprintf("shadow paging minus %s:\noverhead, %% of ideal cycles", against) at screen 26.0 / wide, graph 0.5 rotate center
set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead lw 1.5 lc rgb "#222222" front
set label 1 sprintf("above 0: %s is cheaper", against) at graph 0.98, graph 0.965 right
set label 2 "below 0: shadow paging is cheaper" at graph 0.02, graph 0.035 left
plot for [i=1:N] data index i every ::1 using 1:2 with linespoints lw 1.6 ps 0.9 \
		pt int(mark(i)) lc rgb colour(i) title word(series, i), \
	for [k=1:(crossings > 0)] data index N + 1 every ::1 using 1:2 with points pt 2 ps 1.6 lw 2 lc rgb "#222222" title "break-even", \
	for [k=1:(crossings > 0)] data index N + 1 every ::1 using 1:2:(sprintf("%.0f", $1)) with labels offset 0, 1 font ",11" notitle
