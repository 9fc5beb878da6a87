# EXTRA_DIST and programs of tests/
