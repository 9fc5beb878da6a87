# The catalogue and the traces themselves; NAME.check.json is what `trace info --json` must say.
EXTRA_DIST += traces/README \
	traces/fork.snt traces/fork.check.json \
	traces/gups2m.snt traces/gups2m.check.json \
	traces/gups4k.snt traces/gups4k.check.json \
	traces/pipe.snt traces/pipe.check.json \
	traces/sqlite.snt traces/sqlite.check.json
