experimentsdir = $(pkgdatadir)/experiments
dist_experiments_DATA = experiments/crossover.json experiments/kvm-vs-model.json experiments/measure.json \
	experiments/quickstart.json experiments/workloads.json
scenariosdir = $(pkgdatadir)/experiments/scenarios
dist_scenarios_DATA = $(SCENARIOS)
workloadsdir = $(pkgdatadir)/experiments/workloads
dist_workloads_DATA = \
	experiments/workloads/btree.json experiments/workloads/fork-storm.json \
	experiments/workloads/graph.json experiments/workloads/gups.json \
	experiments/workloads/hash.json experiments/workloads/mix.json \
	experiments/workloads/mmap-churn.json experiments/workloads/pointer-chase.json \
	experiments/workloads/stream.json experiments/workloads/stride.json \
	experiments/workloads/switch-ring.json experiments/workloads/zipf.json
plotsdir = $(pkgdatadir)/experiments/plots
dist_plots_DATA = \
	experiments/plots/crossover.gp experiments/plots/exits.gp experiments/plots/fit.gp experiments/plots/kvm.gp experiments/plots/overhead.gp \
	experiments/plots/style.gp experiments/plots/sweep.gp experiments/plots/tlb.gp
EXTRA_DIST += results/README results/reference experiments/README
SCENARIOS = \
	experiments/scenarios/absent-stays-whole.json \
	experiments/scenarios/accessed-clear-cr3.json \
	experiments/scenarios/accessed-clear.json \
	experiments/scenarios/clock-hand.json \
	experiments/scenarios/cow-2m.json \
	experiments/scenarios/cow-same-frame.json \
	experiments/scenarios/cow.json \
	experiments/scenarios/cr3-same.json \
	experiments/scenarios/cr3-stale-frames.json \
	experiments/scenarios/cr3-stale-rights.json \
	experiments/scenarios/cr3-stale-upgrade.json \
	experiments/scenarios/cr3-stale.json \
	experiments/scenarios/demand-faults-clean.json \
	experiments/scenarios/demand-faults-load.json \
	experiments/scenarios/demand-faults-unpopulated.json \
	experiments/scenarios/demand-faults.json \
	experiments/scenarios/direct-map-2m-later.json \
	experiments/scenarios/direct-map-2m.json \
	experiments/scenarios/directory-mapped.json \
	experiments/scenarios/dirty-clear-cr3.json \
	experiments/scenarios/dirty-log-2m-load.json \
	experiments/scenarios/dirty-log-2m.json \
	experiments/scenarios/dirty-log-clean.json \
	experiments/scenarios/dirty-log-cow.json \
	experiments/scenarios/dirty-log-fresh.json \
	experiments/scenarios/dirty-log-off-on.json \
	experiments/scenarios/dirty-log-other-slot.json \
	experiments/scenarios/dirty-log-tables.json \
	experiments/scenarios/dirty-log.json \
	experiments/scenarios/discard-2m.json \
	experiments/scenarios/discard-logged.json \
	experiments/scenarios/discard-part-of-2m.json \
	experiments/scenarios/discard-some.json \
	experiments/scenarios/discard-unused.json \
	experiments/scenarios/discard.json \
	experiments/scenarios/fault-new-tables.json \
	experiments/scenarios/flood-root-above-unsync.json \
	experiments/scenarios/fork-child.json \
	experiments/scenarios/fork-many.json \
	experiments/scenarios/fork-sweep.json \
	experiments/scenarios/fresh-down.json \
	experiments/scenarios/fresh-load.json \
	experiments/scenarios/fresh-scattered.json \
	experiments/scenarios/fresh-store.json \
	experiments/scenarios/fresh-stride.json \
	experiments/scenarios/guest-2m-clean-host-4k.json \
	experiments/scenarios/guest-2m-clean.json \
	experiments/scenarios/guest-2m-host-2m.json \
	experiments/scenarios/guest-2m-host-4k.json \
	experiments/scenarios/guest-2m-many.json \
	experiments/scenarios/guest-2m-read-only.json \
	experiments/scenarios/guest-2m-unpopulated.json \
	experiments/scenarios/guest-4k-host-2m.json \
	experiments/scenarios/huge-zero-page-4k.json \
	experiments/scenarios/huge-zero-page.json \
	experiments/scenarios/invlpg-absent.json \
	experiments/scenarios/invlpg-same.json \
	experiments/scenarios/invlpg-stale-touch.json \
	experiments/scenarios/invlpg-stale.json \
	experiments/scenarios/kernel-life.json \
	experiments/scenarios/link-not-accessed.json \
	experiments/scenarios/link-not-executable.json \
	experiments/scenarios/load-not-accessed.json \
	experiments/scenarios/load-unpopulated.json \
	experiments/scenarios/merge-2m.json \
	experiments/scenarios/mmio-2m.json \
	experiments/scenarios/mmio-among.json \
	experiments/scenarios/mmio-edits-cr3.json \
	experiments/scenarios/mmio-edits.json \
	experiments/scenarios/mmio-load.json \
	experiments/scenarios/mmio-store.json \
	experiments/scenarios/mmio-to-slot.json \
	experiments/scenarios/move-2m.json \
	experiments/scenarios/move-absent.json \
	experiments/scenarios/move-one.json \
	experiments/scenarios/move-table.json \
	experiments/scenarios/move.json \
	experiments/scenarios/mprotect.json \
	experiments/scenarios/not-executable.json \
	experiments/scenarios/pde-clear.json \
	experiments/scenarios/pde-flood.json \
	experiments/scenarios/pde-rights.json \
	experiments/scenarios/pde-writes-apart.json \
	experiments/scenarios/pde-writes.json \
	experiments/scenarios/pdpte-unlink.json \
	experiments/scenarios/pdpte-writes.json \
	experiments/scenarios/pml4e-writes.json \
	experiments/scenarios/prefetch-absent.json \
	experiments/scenarios/prefetch-accessed-down.json \
	experiments/scenarios/prefetch-accessed.json \
	experiments/scenarios/prefetch-around-table.json \
	experiments/scenarios/prefetch-clean.json \
	experiments/scenarios/prefetch-dirty-log.json \
	experiments/scenarios/prefetch-host-stores.json \
	experiments/scenarios/prefetch-host.json \
	experiments/scenarios/prefetch-read-only.json \
	experiments/scenarios/pte-edits-alias-cold.json \
	experiments/scenarios/pte-edits-unseen.json \
	experiments/scenarios/pte-edits.json \
	experiments/scenarios/quota-again.json \
	experiments/scenarios/quota-lower.json \
	experiments/scenarios/quota-spaces.json \
	experiments/scenarios/quota-unsync.json \
	experiments/scenarios/quota.json \
	experiments/scenarios/ro-to-rw-invlpg.json \
	experiments/scenarios/ro-to-rw.json \
	experiments/scenarios/rw-to-ro-invlpg.json \
	experiments/scenarios/slot-add.json \
	experiments/scenarios/slot-again.json \
	experiments/scenarios/slot-alias-discard.json \
	experiments/scenarios/slot-alias-offset.json \
	experiments/scenarios/slot-alias-remap.json \
	experiments/scenarios/slot-alias.json \
	experiments/scenarios/slot-cycle.json \
	experiments/scenarios/slot-del.json \
	experiments/scenarios/slot-read-only-2m.json \
	experiments/scenarios/slot-read-only.json \
	experiments/scenarios/spaces-2.json \
	experiments/scenarios/spaces-4.json \
	experiments/scenarios/spaces-5.json \
	experiments/scenarios/spaces-6.json \
	experiments/scenarios/spaces-exit.json \
	experiments/scenarios/spaces-invlpg.json \
	experiments/scenarios/spaces-many.json \
	experiments/scenarios/spaces-shared-directory.json \
	experiments/scenarios/spaces-shared-invlpg.json \
	experiments/scenarios/spaces-shared-table.json \
	experiments/scenarios/spaces-stale.json \
	experiments/scenarios/split-2m.json \
	experiments/scenarios/split-4k.json \
	experiments/scenarios/store-clean-accessed.json \
	experiments/scenarios/store-clean.json \
	experiments/scenarios/store-not-accessed.json \
	experiments/scenarios/store-unpopulated.json \
	experiments/scenarios/store-zero-page.json \
	experiments/scenarios/stores-unaligned.json \
	experiments/scenarios/sync-then-share.json \
	experiments/scenarios/table-freed-cr3.json \
	experiments/scenarios/table-freed.json \
	experiments/scenarios/table-mapped.json \
	experiments/scenarios/table-read-first.json \
	experiments/scenarios/table-two-parents.json \
	experiments/scenarios/table-two-rights.json \
	experiments/scenarios/table-written-first.json \
	experiments/scenarios/touch-again.json \
	experiments/scenarios/two-mappings-tables.json \
	experiments/scenarios/two-mappings.json \
	experiments/scenarios/unmap-remap.json \
	experiments/scenarios/unsync-again.json \
	experiments/scenarios/unsync-many.json \
	experiments/scenarios/unsync-refused.json \
	experiments/scenarios/unsync-two-shadows.json \
	experiments/scenarios/zap-above-unsync.json \
	experiments/scenarios/zero-page-twice.json
