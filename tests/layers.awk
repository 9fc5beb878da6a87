# layers.awk - reads what strip.awk prints, and the file `layers`; prints each include, and each use of
# floating point, that sim/layers does not grant.
BEGIN {
	while ((getline line < layers) > 0) {
		if (line ~ /^#/ || line !~ /:/)
			continue
		name = substr(line, 1, index(line, ":") - 1)
		granted[name] = " " substr(line, index(line, ":") + 1) " "
		gsub(/[ \t]+/, " ", granted[name])
	}
}
function is_granted(list, file,    folder) {
	folder = file
	sub(/\/.*/, "", folder)
	return index(list, " " file " ") || index(list, " " folder "/* ")
}
{
	file = substr($0, 1, index($0, ":") - 1)
	folder = file
	sub(/\/.*/, "", folder)
	text = substr($0, length(file) + 2)
	sub(/^[0-9]+:/, "", text)
}
text ~ /^[ \t]*#[ \t]*include[ \t]*"/ {
	split(text, part, "\"")
	target = part[2]
	if (target == "config.h")
		next
	if (target !~ /\//) {
		print file ": include \"" target "\" without its folder"
		next
	}
	sub(/\/.*/, "", target)
	if (!(folder in granted))
		print file ": sim/layers does not know the folder " folder
	else if (target != folder && !index(granted[folder], " " target " "))
		print file ": " folder " may not include " part[2]
}
text ~ /^[ \t]*#[ \t]*include[ \t]*</ {
	target = text
	sub(/[^<]*/, "", target)
	sub(/>.*/, ">", target)
	family = target
	if (sub(/\/.*/, "/*>", family) && (family in granted))
		target = family
	if ((target in granted) && !is_granted(granted[target], file))
		print file ": may not include " target
}
text ~ /(^|[^A-Za-z0-9_])(float|double)([^A-Za-z0-9_]|$)/ && !is_granted(granted["float"], file) {
	print file ": floating point: " text
}
