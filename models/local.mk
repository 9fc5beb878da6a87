# EXTRA_DIST and programs of models/
costdir = $(pkgdatadir)/models/cost
dist_cost_DATA = models/cost/sandy-bridge.json models/cost/xeon-8269cy.json
