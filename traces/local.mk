# EXTRA_DIST and programs of traces/
