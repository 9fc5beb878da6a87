# exits.gp - VM exits by reason, for each trace and technique
form = ARG1; out = ARG2
data = "exits.dat"
legend = 300
load "style.gp"
parts = ""
stats data index 0 every ::1 using (parts = parts . " " . strcol(1), 0) nooutput
N = words(parts)
height(i) = (sum [k=3:i+2] column(k))
tallest = 0
stats data index 1 every ::1 using (tallest = max(tallest, height(N)), 0) nooutput

set label 1 "VM exits per million instructions" at screen 26.0 / wide, graph 0.5 rotate center
set xrange [-1:slots - 1]
set yrange [0:*]
set format y short_format(tallest)
set offsets 0, 0, graph 0.04, 0
set xtics rotate by 90 right scale 0 font ",12"
set bmargin 5 + name_lines * 1.2
set lmargin at screen 1.0 * margin / wide
set rmargin at screen 1 - 1.0 * legend / wide
plot for [i=N:1:-1] data index 1 every ::1 using 1:(height(i)) with boxes \
		lc rgb colour_of(word(parts, i)) title name_of(word(parts, i)), \
	data index 1 every ::1 using 1:(height(N)):(short(height(N))) with labels \
		offset 0, 0.6 font ",11" notitle, \
	data index 1 every ::1 using 1:(0):xtic(name_of(strcol(2))) with points pt -1 notitle, \
	data index 2 every ::1 using 1:(0):(broken(strcol(2))) with labels center offset 0, -4.1 - name_lines * 0.5 notitle
