# kvm.gp - the models beside the real KVM of the host: exits, TLB misses, time an access
form = ARG1; out = ARG2
data = "kvm.dat"
legend = 230
load "style.gp"
high = 900 + 18 * (name_lines - 1)
wide = margin + legend + slots * max(slot, 44)
if (form eq "png") {
	set terminal pngcairo noenhanced size 1.6*wide,1.6*high font "sans,14" fontscale 1.2 linewidth 1.6 pointscale 1.6 background rgb "white"
} else {
	set terminal svg noenhanced size wide,high font "sans,14" background rgb "white"
}
set output out
techniques = ""
stats data index 0 every ::1 using (techniques = techniques . " " . strcol(1), 0) nooutput
most_exits = 0; least_exits = 1e300; most_misses = 0; least_misses = 1e300; top = 0; bottom = 1e300
stats data index 1 every ::1 using (most_exits = max(most_exits, $3), least_exits = min(least_exits, $3 > 0 ? $3 : least_exits), 0) nooutput
stats data index 1 every ::1 using (x = strcol(5) eq "-" ? 0 : $5, most_misses = max(most_misses, x), \
	least_misses = min(least_misses, x > 0 ? x : least_misses), 0) nooutput
time_of(m, p) = m eq "-" ? real(p) : real(m)
stats data index 1 every ::1 using (top = max(top, time_of(strcol(6), strcol(9))), \
	bottom = min(bottom, time_of(strcol(6), strcol(9))), 0) nooutput
# More than a tenth of the time at prices that are not this host's
star(unfitted) = unfitted eq "-" ? "" : real(unfitted) > 10 ? "*" : ""
starred = 0
stats data index 1 every ::1 using (starred = starred + (star(strcol(10)) eq "*"), 0) nooutput
label(x) = x < 9.995 ? sprintf("%.2f", x) : short(x)
of(t, x) = strcol(2) eq t ? x : NaN
low = (70.0 + 18 * (name_lines - 1)) / high
part = (1 - low - 25.0 / high) / 3
floor_of(k) = 1 - 25.0 / high - k * part + 26.0 / high
roof_of(k) = 1 - 25.0 / high - (k - 1) * part

set multiplot
set xrange [-1:slots - 1]
set xtics 1 format "" scale 0
set lmargin at screen 1.0 * margin / wide
set rmargin at screen 1 - 1.0 * legend / wide
set key width 0
set logscale y
set format y "%g"

set tmargin at screen roof_of(1)
set bmargin at screen floor_of(1)
set yrange [least_exits / 3:most_exits * 2.5]
set label 1 "VM exits per\n1000 accesses" at screen 26.0 / wide, graph 0.5 rotate center
plot for [t in techniques] data index 1 every ::1 using 1:(of(t, $3)) with boxes \
		lc rgb colour_of(t) title name_of(t), \
	data index 1 every ::1 using 1:4 with points pt 13 ps 1.3 lc rgb "white" notitle, \
	data index 1 every ::1 using 1:4 with points pt 12 ps 1.1 lw 1.5 lc rgb "#222222" title "page faults among them", \
	data index 1 every ::1 using 1:3:(label($3)) with labels offset 0, 0.6 font ",11" notitle

set tmargin at screen roof_of(2)
set bmargin at screen floor_of(2)
unset key
set yrange [least_misses / 3:most_misses * 2.5]
set label 1 "TLB misses per\n1000 accesses"
plot for [t in techniques] data index 1 every ::1 using 1:(strcol(5) eq "-" ? NaN : of(t, $5)) with boxes \
		lc rgb colour_of(t), \
	data index 1 every ::1 using 1:(strcol(5) eq "-" ? NaN : $5):(label($5)) with labels offset 0, 0.6 font ",11", \
	data index 1 every ::1 using 1:(strcol(5) eq "-" ? least_misses / 3 : NaN):("not counted") with labels rotate by 90 left \
		offset 0, 0.5 font ",11" textcolor rgb "#777777"

set tmargin at screen roof_of(3)
set bmargin at screen low
set label 1 "time an access (ns)"
if (starred) set label 2 "* more than a tenth of it\nat prices of other hardware" at screen 1 - (legend - 20.0) / wide, \
	graph 0.5 font ",12"
set yrange [bottom / 3:top * 2.5]
set key outside right top Left reverse samplen 1.5 width 0
shown(t) = strcol(6) eq "-" ? of(t, $9) : of(t, $6)
plot for [t in techniques] data index 1 every ::1 using 1:(shown(t)) with boxes \
		lc rgb colour_of(t) title (t eq "kvm" ? "measured" : "predicted: " . name_of(t)), \
	data index 1 every ::1 using ($1 - 0.2):(strcol(6) eq "-" ? NaN : $7):(0.4):(0) with vectors nohead lw 1.5 lc rgb "#ee3377" \
		title "its quartiles", \
	data index 1 every ::1 using ($1 - 0.2):(strcol(6) eq "-" ? NaN : $8):(0.4):(0) with vectors nohead lw 1.5 lc rgb "#ee3377" notitle, \
	data index 1 every ::1 using 1:(time_of(strcol(6), strcol(9))):(label(time_of(strcol(6), strcol(9))) . star(strcol(10))) with labels offset 0, 0.6 font ",11" notitle, \
	data index 2 every ::1 using 1:(bottom / 3):(broken(strcol(2))) with labels center offset 0, -0.7 - name_lines * 0.5 notitle
unset multiplot
