experimentsdir = $(pkgdatadir)/experiments
dist_experiments_DATA = experiments/crossover.json experiments/quickstart.json
plotsdir = $(pkgdatadir)/experiments/plots
dist_plots_DATA = \
	experiments/plots/crossover.gp experiments/plots/exits.gp experiments/plots/overhead.gp \
	experiments/plots/style.gp experiments/plots/sweep.gp experiments/plots/tlb.gp
EXTRA_DIST += results/README experiments/README
