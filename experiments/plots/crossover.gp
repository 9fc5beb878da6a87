# crossover.gp - shadow paging against EPT (or NPT): who is cheaper, as TLB misses become more frequent
# than page-table changes
form = ARG1; out = ARG2
load "style.gp"
data = "crossover.dat"
series = ""; colours = ""; marks = ""; crossings = 0
stats data index 0 every ::1 using (series = series . '"' . strcol(1) . '" ', \
	colours = colours . strcol(2) . " ", marks = marks . strcol(3) . " ", crossings = crossings + $4, 0) nooutput
N = words(series)
palette_of = "#4477aa #ee6677 #228833 #ccbb44 #aa3377 #66ccee #777777 #222255"
colour(i) = word(palette_of, int(word(colours, i)) % 8 + 1)
mark(i) = word("7 6 5 4 9 8 11 10", int(word(marks, i)) % 8 + 1)

set logscale x
set format x "10^{%T}"
set xlabel "TLB misses under EPT per page-table change of the guest\n(PTE writes, CR3 writes, INVLPG; a trace without any counts as one change)"
set ylabel "shadow paging minus EPT:\noverhead, % of ideal cycles"
set grid x
set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead lw 1.5 lc rgb "#222222" front
set label 1 "EPT is cheaper" at graph 0.98, first 0 right offset 0, 0.9
set label 2 "shadow paging is cheaper" at graph 0.02, first 0 left offset 0, -0.8
plot for [i=1:N] data index i every ::1 using 1:2 with linespoints lw 1.6 ps 0.9 \
		pt int(mark(i)) lc rgb colour(i) title word(series, i), \
	for [k=1:(crossings > 0)] data index N + 1 every ::1 using 1:2 with points pt 2 ps 1.6 lw 2 lc rgb "#222222" title "break-even", \
	for [k=1:(crossings > 0)] data index N + 1 every ::1 using 1:2:(sprintf("%.0f", $1)) with labels offset 0, 1 font ",11" notitle
