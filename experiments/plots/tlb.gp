# tlb.gp - TLB misses, and references that a page walk makes, for each trace and technique
form = ARG1; out = ARG2
data = "tlb.dat"
stats data index 1 every ::1 using 1 nooutput
slots = STATS_max + 2
legend = 140
wide = 110 + legend + (slots * 40 > 500 ? slots * 40 : 500)
load "style.gp"
techniques = ""
stats data index 0 every ::1 using (techniques = techniques . " " . strcol(1), 0) nooutput
of(t, k) = strcol(2) eq t ? column(k) : NaN
label(x) = x != x ? "" : sprintf(x < 10 ? "%.2f" : "%.1f", x)

set multiplot layout 2, 1
set xrange [-1:slots - 1]
set yrange [0:*]
set offsets 0, 0, graph 0.06, 0
set xtics 1 format "" scale 0
set lmargin at screen 110.0 / wide
set rmargin at screen 1 - 1.0 * legend / wide
set key width 0
set bmargin 1.5
set ylabel "TLB misses per\n1000 instructions"
plot for [t in techniques] data index 1 every ::1 using 1:(of(t, 3)) with boxes \
		lc rgb colour_of(t) title name_of(t), \
	data index 1 every ::1 using 1:3:(label($3)) with labels offset 0, 0.6 font ",11" notitle
unset key
set bmargin 3
set ylabel "references\nper page walk"
plot for [t in techniques] data index 1 every ::1 using 1:(of(t, 4)) with boxes \
		lc rgb colour_of(t) notitle, \
	data index 1 every ::1 using 1:4:(label($4)) with labels offset 0, 0.6 font ",11" notitle, \
	data index 2 every ::1 using 1:(0):2 with labels noenhanced center offset 0, -1.2 notitle
unset multiplot
