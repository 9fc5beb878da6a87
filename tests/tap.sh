# shellcheck shell=sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tap.sh - sourced by the test scripts: results in TAP, a scratch folder, guards
#
# A guard is a command that prints one line for each violation and nothing else. `clean` holds it
# against the tree; `catches` holds it against a planted violation, so that a guard that has gone
# blind fails too.

set -u
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
top_builddir=${top_builddir:-$top_srcdir/build}
CC=${CC:-cc}
AWK=${AWK:-awk}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/shadownest-test.XXXXXX") || exit 99
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
trap 'exit 99' HUP INT TERM
tap_count=0

# result STATUS NAME: one line of TAP, "ok" when STATUS is 0.
result()
{
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2"
	else
		echo "not ok $tap_count - $2"
	fi
}

skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# Where capture/build-image keeps Debian's packages: $SHADOWNEST_CACHE, else a folder of the build's, for all tests that
# boot a guest. A machine without network can be given a cache that is full.
keep_packages()
{
	XDG_CACHE_HOME=${SHADOWNEST_CACHE:-$top_builddir/tests/cache}
	mkdir -p "$XDG_CACHE_HOME" && XDG_CACHE_HOME=$(cd "$XDG_CACHE_HOME" && pwd) || exit 99
	export XDG_CACHE_HOME
}

# The end of every script.
finish()
{
	echo "1..$tap_count"
	exit 0
}

skip_all()
{
	echo "1..0 # SKIP $*"
	exit 0
}

# clean NAME GUARD...: the guard prints nothing.
clean()
{
	clean_name=$1
	shift
	"$@" >"$scratch/violations" 2>&1
	sed 's/^/# /' "$scratch/violations"
	[ ! -s "$scratch/violations" ]
	result $? "$clean_name"
}

# catches NAME PATTERN GUARD...: the guard prints a line that matches.
catches()
{
	catches_name="catches $1" pattern=$2
	shift 2
	"$@" >"$scratch/violations" 2>&1
	grep -qE -e "$pattern" "$scratch/violations"
	result $? "$catches_name"
}

# plant FILE: writes standard input to $scratch/plant/FILE, a tree of planted violations.
plant()
{
	mkdir -p "$(dirname "$scratch/plant/$1")"
	cat >"$scratch/plant/$1"
}
