# exits.gp - VM exits by reason, for each trace and technique
form = ARG1; out = ARG2
load "style.gp"
data = "exits.dat"
parts = ""
stats data index 0 every ::1 using (parts = parts . " " . strcol(1), 0) nooutput
N = words(parts)
height(i) = (sum [k=3:i+2] column(k))
stats data index 1 every ::1 using (height(N)) nooutput
bars = STATS_records
stats data index 2 every ::1 using 1 nooutput
crowded = STATS_records > 6
total(h) = bars > 30 ? "" : h == 0 ? "0" : sprintf(h < 100 ? "%.1f" : "%.0f", h)

set ylabel "VM exits per million instructions"
set yrange [0:*]
set offsets 0, 0, graph 0.04, 0
set xrange [-1:*]
set xtics rotate by 90 right scale 0 font ",12"
clusters = crowded ? "right rotate by 90" : "center"
set bmargin crowded ? 12 : 6.2
plot for [i=N:1:-1] data index 1 every ::1 using 1:(height(i)) with boxes \
		lc rgb colour_of(word(parts, i)) title name_of(word(parts, i)), \
	data index 1 every ::1 using 1:(height(N)):(total(height(N))) with labels \
		offset 0, 0.6 font ",11" notitle, \
	data index 1 every ::1 using 1:(0):xtic(name_of(strcol(2))) with points pt -1 notitle, \
	data index 2 every ::1 using 1:(0):2 with labels @clusters \
		offset 0, -4.6 notitle
