What the real KVM counts on the command line: without a KVM, what is said; with one, its counters.

$ shadownest kvm run
? 2
! which experiment or trace

$ shadownest kvm run no/such.snt
? 1
! no/such.snt: cannot open

$ shadownest kvm run no-such-experiment
? 1
! no-such-experiment

$ sed 's/"warmup_percent": 50/"replay": {"accessed_dirty": "some"}/' experiments/quickstart.json > bad.json; shadownest kvm run bad.json
? 1
! bad.json:\$.replay.accessed_dirty: .*must be one of captured, set

$ shadownest trace normalise traces/gups4k.snt -o n.snt && shadownest kvm run n.snt -o n
? 1
! n.snt: RAM at gpa

$ test -e n
? 1

% test -w /dev/kvm

$ shadownest kvm run traces/gups4k.snt -o r
> ^pf_fixed +[0-9]+$
> ^time per access
! 100 %, 1 of 1 replays

$ cat r/gups4k/counters.json
> "accesses": 403584
> "pages_4k": [0-9]

$ cat r/gups4k/host.json
> "guest_ns": [0-9]+
> "hardware": \{

$ sed 's/"fork", "pipe", "gups4k"/"gups2m"/; s/"warmup_percent": 50/"replay": {"accessed_dirty": "set"}, "sweep": {"host.populate": [true, false]}/' experiments/quickstart.json > e.json; shadownest kvm run e.json -o s
> gups2m,host.populate=true +gups2m,host.populate=false

$ cat s/gups2m,host.populate=false/config.json
> "populate": false
> "accessed_dirty": "set"
