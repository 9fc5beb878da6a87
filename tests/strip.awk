# strip.awk - C text without comments, and without the insides of strings and character constants.
# Prints "FILE:LINE:text" for each line that is not blank.
FNR == 1 { in_comment = 0 }
{
	rest = $0
	out = ""
	while (rest != "") {
		if (in_comment) {
			at = index(rest, "*/")
			if (!at)
				break
			rest = substr(rest, at + 2)
			in_comment = 0
			out = out " "
			continue
		}
		if (!match(rest, /\/\*|\/\/|"|'/)) {
			out = out rest
			break
		}
		mark = substr(rest, RSTART, RLENGTH)
		out = out substr(rest, 1, RSTART - 1)
		rest = substr(rest, RSTART + RLENGTH)
		if (mark == "//")
			break
		if (mark == "/*") {
			in_comment = 1
			continue
		}
		# an include's name stays; any other literal loses its inside
		len = literal_length(rest, mark)
		if (out ~ /^[ \t]*#[ \t]*include/)
			out = out mark substr(rest, 1, len) mark
		else
			out = out mark mark
		rest = substr(rest, len + 2)
	}
	if (out ~ /[^ \t]/)
		print FILENAME ":" FNR ":" out
}

function literal_length(s, quote,    i, c)
{
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "\\")
			i++
		else if (c == quote)
			return i - 1
	}
	return length(s)
}
