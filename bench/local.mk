# EXTRA_DIST and programs of bench/
