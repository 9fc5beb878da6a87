# style.gp - what all figures share. Each is drawn with
#     gnuplot -c NAME.gp svg|png OUTPUT
# in the folder that holds NAME.dat; it sets form and out (and wide and high), and loads this. A figure of bars
# also sets data and legend (its width): see below.
set encoding utf8

# A name in lines, one a word: how many characters its longest has
broken(s) = words(s) < 2 ? s : word(s, 1) . "\n" . broken(s[strlen(word(s, 1)) + 2:*])
longest(s) = words(s) == 0 ? 0 : max(strlen(word(s, 1)), longest(s[strlen(word(s, 1)) + 2:*]))
max(a, b) = a > b ? a : b
min(a, b) = a < b ? a : b

# Four characters at most: 0, 0.02, 1.5, 12.3, 123, 1.5k, 12k, 1.5M
short(x) = x != x ? "" : x == 0 ? "0" : x < 0.095 ? sprintf("%.2f", x) : x < 99.95 ? sprintf("%.1f", x) : \
	x < 999.5 ? sprintf("%.0f", x) : x < 9.95e3 ? sprintf("%.1fk", x / 1e3) : x < 999.5e3 ? sprintf("%.0fk", x / 1e3) : \
	x < 9.95e6 ? sprintf("%.1fM", x / 1e6) : sprintf("%.0fM", x / 1e6)
# The format of an axis that ends at x
short_format(x) = x < 2000 ? "%g" : x < 5000 ? "%.1s%c" : x < 1e6 ? "%.0s%c" : "%.1s%c"

# Bars: block 1 of data has them, block 2 the groups. A slot is a bar, or the room between groups.
if (exists("legend")) {
	stats data index 1 every ::1 using 1 nooutput
	slots = STATS_max + 2
	name_lines = 1; name_width = 0
	stats data index 2 every ::1 using (name_lines = max(name_lines, words(strcol(2))), \
		name_width = max(name_width, longest(strcol(2))), 0) nooutput
	slot = max(max(40, 500.0 / slots), (8.5 * name_width + 10) * STATS_records / slots)
	margin = 100
	wide = margin + legend + slots * slot
	high = 560 + 18 * (name_lines - 1)
}
if (!exists("wide")) wide = 1000
if (!exists("high")) high = 560
if (form eq "png") {
	set terminal pngcairo noenhanced size 1.6*wide,1.6*high font "sans,14" fontscale 1.2 linewidth 1.6 pointscale 1.6 background rgb "white"
} else {
	set terminal svg noenhanced size wide,high font "sans,14" background rgb "white"
}
set output out

set border 3 front lc rgb "#444444"
set tics nomirror textcolor rgb "#222222"
set grid y lc rgb "#dddddd" lw 0.8
set key outside right top Left reverse samplen 1.5 width -2
set style fill solid 1.0 noborder
set boxwidth 0.86

# Colours that people who see colours differently can tell apart (Okabe and Ito; Tol).
# Techniques
colour_native = "#999999"; colour_ept = "#0072b2"; colour_npt = "#56b4e9"; colour_spt = "#d55e00"
colour_kvm = "#222222"; name_kvm = "KVM, real"
name_native = "native"; name_ept = "EPT"; name_npt = "NPT"; name_spt = "shadow"

# Components of the overhead, walks cool, exits warm
colour_stlb = "#bbccee"; name_stlb = "second-level TLB lookups"
colour_walk_cached = "#4477aa"; name_walk_cached = "walk references, cached"
colour_walk_memory = "#222255"; name_walk_memory = "walk references, memory"
colour_reflected = "#882255"; name_reflected = "guest faults reflected"
colour_shadow_fills = "#ee6677"; name_shadow_fills = "shadow entries filled"
colour_table_writes = "#ee9955"; name_table_writes = "page-table writes emulated"
colour_registers = "#ccbb44"; name_registers = "control registers"
colour_invalidations = "#228833"; name_invalidations = "INVLPG, INVPCID"
colour_tdp_faults = "#66ccee"; name_tdp_faults = "EPT violations, nested faults"
colour_devices = "#bbbbbb"; name_devices = "devices, interrupts"
colour_host = "#555555"; name_host = "host page faults"

# Exits by reason
colour_pf_guest = "#882255"; name_pf_guest = "#PF, guest's own"
colour_pf_fixed = "#ee6677"; name_pf_fixed = "#PF, shadow entry filled"
colour_pf_emulated = "#ee9955"; name_pf_emulated = "#PF, table write emulated"
colour_pf_spurious = "#ffccbb"; name_pf_spurious = "#PF, spurious"
colour_pf_retry = "#eeddcc"; name_pf_retry = "#PF, started over"
colour_pf_mmio = "#999933"; name_pf_mmio = "#PF, device access"
colour_ept_violation = "#66ccee"; name_ept_violation = "EPT violation"
colour_ept_misconfig = "#0077bb"; name_ept_misconfig = "EPT misconfiguration (device)"
colour_npf_mmio = "#0077bb"; name_npf_mmio = "nested page fault (device)"
colour_npf = "#33bbee"; name_npf = "nested page fault"
colour_cr3 = "#ccbb44"; name_cr3 = "MOV to CR3"
colour_cr0 = "#aa9922"; name_cr0 = "MOV to CR0"
colour_cr4 = "#887711"; name_cr4 = "MOV to CR4"
colour_invlpg = "#228833"; name_invlpg = "INVLPG"
colour_invpcid = "#77bb77"; name_invpcid = "INVPCID"
colour_interrupt = "#bbbbbb"; name_interrupt = "external interrupt"
colour_kick = "#777777"; name_kick = "kick by another vCPU"

colour_of(id) = value("colour_" . id)
name_of(id) = value("name_" . id)

