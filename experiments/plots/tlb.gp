# tlb.gp - TLB misses, and references that a page walk makes, for each trace and technique
form = ARG1; out = ARG2
load "style.gp"
data = "tlb.dat"
techniques = ""
stats data index 0 every ::1 using (techniques = techniques . " " . strcol(1), 0) nooutput
stats data index 2 every ::1 using 1 nooutput
crowded = STATS_records > 6
clusters = crowded ? "right rotate by 90" : "center"
of(t, k) = strcol(2) eq t ? column(k) : NaN
bars = words(techniques) * STATS_records
label(x) = bars > 30 || x != x ? "" : x < 10 ? sprintf("%.2f", x) : sprintf("%.1f", x)

set multiplot layout 2, 1
set yrange [0:*]
set offsets 0, 0, graph 0.06, 0
set xrange [-1:*]
set xtics 1 format "" scale 0
set lmargin 10
set rmargin 13
set key width 0
set bmargin 1.5
set ylabel "TLB misses per\n1000 instructions"
plot for [t in techniques] data index 1 every ::1 using 1:(of(t, 3)) with boxes \
		lc rgb colour_of(t) title name_of(t), \
	data index 1 every ::1 using 1:3:(label($3)) with labels offset 0, 0.6 font ",11" notitle
unset key
set bmargin crowded ? 9 : 3
set ylabel "references\nper page walk"
plot for [t in techniques] data index 1 every ::1 using 1:(of(t, 4)) with boxes \
		lc rgb colour_of(t) notitle, \
	data index 1 every ::1 using 1:4:(label($4)) with labels offset 0, 0.6 font ",11" notitle, \
	data index 2 every ::1 using 1:(0):2 with labels noenhanced @clusters offset 0, -1.2 notitle
unset multiplot
