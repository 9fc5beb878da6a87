# The catalogue and the traces themselves; NAME.check.json is what `trace info --json` must say.
tracesdir = $(pkgdatadir)/traces
dist_traces_DATA = traces/README traces/fork.snt traces/gups2m.snt traces/gups4k.snt traces/hotplug.snt traces/huge.snt \
	traces/pipe.snt traces/probe.snt traces/spawn.snt traces/sqlite.snt
EXTRA_DIST += \
	traces/fork.check.json traces/gups2m.check.json traces/gups4k.check.json traces/huge.check.json \
	traces/pipe.check.json traces/probe.check.json traces/spawn.check.json traces/sqlite.check.json
