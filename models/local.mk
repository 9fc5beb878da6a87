# EXTRA_DIST and programs of models/
