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
