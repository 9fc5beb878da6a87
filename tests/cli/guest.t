shadownest guest on the command line: what it takes, what it refuses.

$ shadownest guest
? 2
! a trace is needed

$ shadownest guest traces/fork.snt
? 2
! -o OUT.snt is needed

$ shadownest guest traces/fork.snt -o x.snt || test ! -e x.snt
! fork.snt: the stream has page tables already

$ shadownest guest no/such.snt -o x.snt
? 1
! no/such.snt.*No such file

$ shadownest guest traces/fork.snt -o x.snt --thp sometimes
? 2
! thp must be one of always, madvise, never, not "sometimes"

$ shadownest guest traces/fork.snt -o x.snt -m 1M
? 2
! memory must be 64M to 256G, not 1M

$ shadownest guest traces/fork.snt -o x.snt --set memory
? 2
! --set takes KEY=VALUE

$ shadownest guest traces/fork.snt -o x.snt --set speed=3
? 2
! speed is nothing that a guest has

$ shadownest guest traces/fork.snt -o x.snt --set fault_around=12K
? 2
! fault_around must be a power of two

$ shadownest guest --help
> khugepaged_scan
!

$ shadownest guest --against traces/gups4k.snt
> ^page faults at CPL 3 +0 +[0-9]+
!

$ shadownest guest --against traces/gups4k.snt -m 64M --set swap=0 --thp never
? 1
! gups4k.snt: record [0-9]+: the guest is out of memory.*raise memory or swap

# In an experiment: a guest that has no room in the memory given beside it is refused before anything runs.
$ printf '2 400000\n0 7ffe1000\n' > a.din; shadownest trace import a.din -o a.snt
!

$ printf '{"name": "g", "question": "", "traces": ["a.snt"], "machine": "skylake-sp", "techniques": ["ept"], "cost": "xeon-8269cy", "guest": {}, "memory": "-m 256M"}' > g.json; shadownest run g.json -o g || test ! -e g
! g.json:\$.memory: 256 MiB of RAM from 0 and 0 from 4 GiB; what "guest" puts around the trace has 3072 and 1024: as much \(-machine pc -m 4096M\) is needed

$ sed 's/-m 256M/-machine q35 -m 4G/' g.json > q.json; shadownest run q.json -o g || test ! -e g
! q.json:\$.memory: 2048 MiB of RAM from 0 and 2048 from 4 GiB

$ sed 's/-m 256M/-m 4G/' g.json > p.json; shadownest run -n p.json -o p
> ept

# A complaint about "guest" names the axes in it, not techniques, which have no part in it.
$ sed 's/"guest": {}/"guest": {"thp": "some"}/; s/\["ept"\]/["ept", "native"]/' p.json > t.json; shadownest run t.json -o t
? 1
! t.json:\$.guest.thp: must be one of always, madvise, never, not "some"

$ sed 's/"guest": {}/"sweep": {"guest.thp": ["never", "some"]}/; s/\["ept"\]/["ept", "native"]/' p.json > w.json; shadownest run w.json -o t
? 1
! w.json:\$.sweep."guest.thp"\[1\]: at guest.thp=some: must be one of
