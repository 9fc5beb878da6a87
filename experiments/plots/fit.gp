# fit.gp - time an access, measured against predicted, and how far apart they are
form = ARG1; out = ARG2
data = "fit.dat"
wide = 900
high = 820
load "style.gp"
stats data index 0 every ::1 using (uses = exists("uses") ? uses . '"' . strcol(1) . '" ' : '"' . strcol(1) . '" ', \
	groups = exists("groups") ? groups . '"' . strcol(2) . '" ' : '"' . strcol(2) . '" ', \
	held = $4, middle = $5, most = $6, 0) nooutput
N = words(uses)
use(i) = word(uses, i)
group(i) = word(groups, i)
label(i) = group(i) eq "" ? use(i) : use(i) . ": " . group(i)
colour(i) = use(i) eq "plain process" ? "#777777" : group(i) eq "access" ? "#0072b2" : group(i) eq "event" ? "#d55e00" : "#228833"
mark(i) = use(i) eq "plain process" ? 2 : use(i) eq "fitted" ? 6 : 7
low = 1e300; top = 0; off = 0
do for [i=1:N] {
	stats data index i every ::1 using (low = min(low, min($1, $4 > 0 ? $4 : $1)), top = max(top, max($1, $4)), \
		off = max(off, abs($4 / $1 - 1)), 0) nooutput
}
low = low / 1.5; top = top * 1.5
tall = min(100, max(15, 115 * off))

# A power of ten
power(i) = i < 3 ? sprintf("%g", 10.0**i) : i < 6 ? sprintf("%gk", 10.0**(i - 3)) : sprintf("%gM", 10.0**(i - 6))

set multiplot
set logscale xy
set xrange [low:top]
set yrange [low:top]
set ytics () nomirror textcolor rgb "#222222"
do for [i=-2:9] { set ytics add (power(i) 10.0**i) }
set lmargin at screen 0.11
set rmargin at screen 0.74
set tmargin at screen 0.97
set bmargin at screen 0.40
set grid x y lc rgb "#dddddd" lw 0.8
set xtics () nomirror textcolor rgb "#222222"
do for [i=-2:9] { set xtics add ("" 10.0**i) }
set label 2 "predicted (ns an access)" at screen 0.03, graph 0.5 rotate center
set style fill solid 0.25 noborder
set samples 300
plot '+' using 1:(0.9 * $1):(1.1 * $1) with filledcurves lc rgb "#999999" title "within 10 %", \
	x with lines lw 1.2 lc rgb "#444444" title "as measured", \
	for [i=1:N] data index i every ::1 using 1:4 with points pt mark(i) ps 1 lw 1.5 lc rgb colour(i) title label(i)

unset logscale y
set yrange [-tall:tall]
do for [i=-2:9] { set xtics add (power(i) 10.0**i) }
set ytics autofreq
set format y "%g"
set tmargin at screen 0.37
set bmargin at screen 0.09
set xlabel "measured (ns an access)"
set label 2 "predicted - measured (%)"
unset key
if (held > 0) set label 1 sprintf("held out: %d points,\nmedian error %.1f %%,\nlargest %.1f %%", held, middle, most) \
	at screen 0.765, screen 0.28
plot '+' using 1:(-10):(10) with filledcurves lc rgb "#999999", \
	0 with lines lw 1.2 lc rgb "#444444", \
	for [i=1:N] data index i every ::1 using 1:(max(-tall, min(tall, 100 * ($4 / $1 - 1)))) \
		with points pt mark(i) ps 1 lw 1.5 lc rgb colour(i)
unset multiplot
