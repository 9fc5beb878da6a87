# EXTRA_DIST and programs of doc/
