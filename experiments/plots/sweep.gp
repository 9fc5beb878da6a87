# sweep.gp - overhead of each technique along the axis of a sweep, a panel for each combination
form = ARG1; out = ARG2
data = "sweep.dat"
panels = ""; axis = ""
stats data index 0 every ::1 using (axis = strcol(1), panels = panels . '"' . strcol(2) . '" ', 0) nooutput
techniques = ""
stats data index 1 every ::1 using (techniques = techniques . strcol(1) . " ", 0) nooutput
N = words(panels)
columns = N < 4 ? N : N <= 8 ? 4 : 5
rows = ceil(1.0 * N / columns)
wide = 215 * columns + 120
high = 230 * rows + 110
load "style.gp"
mark(i) = word("7 5 9 13", i)

stats data index 2 every ::1 using 1 nooutput
if (STATS_min > 0 && STATS_max >= 16 * STATS_min) { set logscale x; set xtics 10 }
set xrange [STATS_min:STATS_max]
set yrange [0:*]
set offsets 0, 0, graph 0.05, 0
set grid x
set tics font ",11"
left = 75.0 / wide; right = 1 - 30.0 / wide
low = 95.0 / high; top = 1 - 30.0 / high
set key outside
unset key
set label 1 "overhead (% of ideal cycles)" at screen 18.0/wide, screen (low + top)/2 rotate by 90 center
set label 2 axis noenhanced at screen (left + right)/2, screen 50.0/high center
set multiplot layout rows, columns columnsfirst margins left, right, low, top spacing 50.0/wide, 62.0/high
do for [p=1:N] {
	set title word(panels, p) noenhanced offset 0, -0.7
	plot for [i=1:words(techniques)] data index p + 1 every ::1 using 1:(column(i + 1)) with linespoints \
		pt int(mark(i)) lw 2 ps 0.8 lc rgb colour_of(word(techniques, i)) notitle
	unset label
}
# the legend, in a plot of its own below the panels
unset title; unset tics; unset border; unset grid; unset logscale
set key inside bottom center horizontal samplen 3 width 3
set margins at screen 0, at screen 1, at screen 0, at screen 0.1
set xrange [0:1]; set yrange [0:1]
plot for [i=1:words(techniques)] NaN with linespoints pt int(mark(i)) lw 2 ps 0.8 \
	lc rgb colour_of(word(techniques, i)) title name_of(word(techniques, i))
unset multiplot
