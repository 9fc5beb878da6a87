# sweep.gp - overhead of each technique along the axis of a sweep, a panel for each combination
form = ARG1; out = ARG2
data = "sweep.dat"
panels = ""; axis = ""
stats data index 0 every ::1 using (axis = strcol(1), panels = panels . '"' . strcol(2) . '" ', 0) nooutput
techniques = ""
stats data index 1 every ::1 using (techniques = techniques . strcol(1) . " ", 0) nooutput
values = ""
stats data index 2 every ::1 using (values = values . strcol(1) . " ", 0) nooutput
N = words(panels)
n = words(values)
rows = N < 4 ? 1 : N <= 8 ? 2 : ceil(N / 5.0)
columns = ceil(1.0 * N / rows)
panel = 165.0; between = 60.0; lowest = 100.0
title_characters = 0; title_lines = 1; name_lines = 1
do for [p=1:N] {
	if (strlen(word(panels, p)) > title_characters) { title_characters = strlen(word(panels, p)) }
	if (words(word(panels, p)) > name_lines) { name_lines = words(word(panels, p)) }
}
if (7.5 * title_characters > panel + between) { title_lines = name_lines }
above = 15.0 + 17 * title_lines
wide = 85 + (panel + between) * columns
if (wide < 420) { panel = (335 - between * columns) / columns; wide = 420 }
high = lowest + rows * (165 + above) + (rows - 1) * 30
load "style.gp"
mark(i) = word("7 5 9 13", i)
heading(p) = title_lines > 1 ? broken(word(panels, p)) : word(panels, p)

# Values further and further apart stand on a logarithmic axis
stats data index 2 every ::1 using 1 nooutput
first = abs(word(values, 2) - word(values, 1)); last = abs(word(values, n) - word(values, n - 1))
logarithmic = STATS_min > 0 && max(first, last) > 1.9 * min(first, last)
if (logarithmic) { set logscale x }
place(v) = logarithmic ? log(v / STATS_min) / log(STATS_max / STATS_min) : (v - STATS_min) / (STATS_max - STATS_min)

# Each value has a tick, and its name where there is room
room = 0
do for [v in values] { room = max(room, (7.5 * strlen(v) + 8) / panel) }
set xtics ()
labelled = -9.0
do for [v in values] {
	if (abs(place(real(v)) - labelled) >= room) {
		set xtics add (v real(v)); labelled = place(real(v))
	} else {
		set xtics add ("" real(v) 1)
	}
}
set xrange [STATS_min:STATS_max]
tallest = 0
do for [p=1:N] {
	stats data index p + 1 every ::1 using (sum [i=1:words(techniques)] (tallest = max(tallest, column(i + 1)), 0)) nooutput
}
set yrange [0:1.05 * max(tallest, 1e-3)]
set format y short_format(tallest)
set grid x
set tics font ",11"
left = 85.0 / wide; right = 1 - 30.0 / wide
low = lowest / high; top = 1 - above / high
set key outside
unset key
set label 1 "overhead (% of ideal cycles)" at screen 20.0/wide, screen (low + top)/2 rotate by 90 center
set label 2 axis at screen (left + right)/2, screen 52.0/high center
set multiplot layout rows, columns columnsfirst margins left, right, low, top spacing between/wide, (30 + above)/high
do for [p=1:N] {
	set title heading(p) font ",12" offset 0, -0.7
	plot for [i=1:words(techniques)] data index p + 1 every ::1 using 1:(column(i + 1)) with linespoints \
		pt int(mark(i)) lw 2 ps 0.8 lc rgb colour_of(word(techniques, i)) notitle
	unset label
}
# the legend, in a plot of its own below the panels
unset title; unset tics; unset border; unset grid; unset logscale
set key inside bottom center horizontal samplen 3 width 3
set margins at screen 0, at screen 1, at screen 0, at screen 32.0/high
set xrange [0:1]; set yrange [0:1]
plot for [i=1:words(techniques)] NaN with linespoints pt int(mark(i)) lw 2 ps 0.8 \
	lc rgb colour_of(word(techniques, i)) title name_of(word(techniques, i))
unset multiplot
