# tlb.gp - TLB misses, and references that a page walk makes, for each trace and technique
form = ARG1; out = ARG2
data = "tlb.dat"
legend = 120
load "style.gp"
techniques = ""
stats data index 0 every ::1 using (techniques = techniques . " " . strcol(1), 0) nooutput
of(t, k) = strcol(2) eq t ? column(k) : NaN
most = 0
stats data index 1 every ::1 using (most = max(most, $3), 0) nooutput
label(x) = x < 9.995 ? sprintf("%.2f", x) : short(x)
low = (70.0 + 18 * (name_lines - 1)) / high
middle = (low + 1) / 2

set multiplot
set xrange [-1:slots - 1]
set yrange [0:*]
set offsets 0, 0, graph 0.06, 0
set xtics 1 format "" scale 0
set lmargin at screen 1.0 * margin / wide
set rmargin at screen 1 - 1.0 * legend / wide
set key width 0
set tmargin at screen 1 - 25.0 / high
set bmargin at screen middle + 10.0 / high
set format y short_format(most)
set label 1 "TLB misses per\n1000 instructions" at screen 26.0 / wide, graph 0.5 rotate center
plot for [t in techniques] data index 1 every ::1 using 1:(of(t, 3)) with boxes \
		lc rgb colour_of(t) title name_of(t), \
	data index 1 every ::1 using 1:3:(label($3)) with labels offset 0, 0.6 font ",11" notitle
unset key
set tmargin at screen middle - 30.0 / high
set bmargin at screen low
set format y "%g"
set label 1 "references\nper page walk" at screen 26.0 / wide, graph 0.5 rotate center
plot for [t in techniques] data index 1 every ::1 using 1:(of(t, 4)) with boxes \
		lc rgb colour_of(t) notitle, \
	data index 1 every ::1 using 1:4:(label($4)) with labels offset 0, 0.6 font ",11" notitle, \
	data index 2 every ::1 using 1:(0):(broken(strcol(2))) with labels center offset 0, -0.7 - name_lines * 0.5 notitle
unset multiplot
