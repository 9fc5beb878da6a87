# EXTRA_DIST and programs of experiments/
