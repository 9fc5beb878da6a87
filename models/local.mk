# EXTRA_DIST and programs of models/
costdir = $(pkgdatadir)/models/cost
dist_cost_DATA = models/cost/kvm-pvm.json models/cost/sandy-bridge.json models/cost/xeon-8269cy.json
machinedir = $(pkgdatadir)/models/machine
dist_machine_DATA = \
	models/machine/haswell.json models/machine/icelake-sp.json models/machine/nehalem.json \
	models/machine/sandy-bridge.json models/machine/sapphire-rapids.json \
	models/machine/skylake-sp.json models/machine/zen2.json models/machine/zen3.json \
	models/machine/zen4.json
boarddir = $(pkgdatadir)/models/board
dist_board_DATA = models/board/README models/board/pc.json models/board/q35.json
