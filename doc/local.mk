dist_man_MANS += doc/shadownest.1
EXTRA_DIST += doc/adding-a-mode.md doc/architecture.md doc/capture.md doc/glossary.md doc/kvm-replay.md doc/monitor.md doc/normalisation.md doc/scenarios.md doc/testing.md doc/trace-format.md doc/validity.md
