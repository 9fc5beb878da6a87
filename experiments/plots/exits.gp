# exits.gp - VM exits by reason, for each trace and technique
form = ARG1; out = ARG2
data = "exits.dat"
stats data index 1 every ::1 using 1 nooutput
slots = STATS_max + 2
legend = 400
wide = 100 + legend + (slots * 40 > 500 ? slots * 40 : 500)
load "style.gp"
parts = ""
stats data index 0 every ::1 using (parts = parts . " " . strcol(1), 0) nooutput
N = words(parts)
height(i) = (sum [k=3:i+2] column(k))
total(h) = h == 0 ? "0" : sprintf(h < 100 ? "%.1f" : "%.0f", h)

set ylabel "VM exits per million instructions"
set xrange [-1:slots - 1]
set yrange [0:*]
set offsets 0, 0, graph 0.04, 0
set xtics rotate by 90 right scale 0 font ",12"
set bmargin 6.2
set lmargin at screen 100.0 / wide
set rmargin at screen 1 - 1.0 * legend / wide
plot for [i=N:1:-1] data index 1 every ::1 using 1:(height(i)) with boxes \
		lc rgb colour_of(word(parts, i)) title name_of(word(parts, i)), \
	data index 1 every ::1 using 1:(height(N)):(total(height(N))) with labels \
		offset 0, 0.6 font ",11" notitle, \
	data index 1 every ::1 using 1:(0):xtic(name_of(strcol(2))) with points pt -1 notitle, \
	data index 2 every ::1 using 1:(0):2 with labels noenhanced center offset 0, -4.6 notitle
