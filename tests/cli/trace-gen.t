Synthetic workloads on the command line.

$ shadownest trace gen --list
> ^workload +what it stresses
> ^pointer-chase  latency of one walk
> ^gups +count +1M +updates +how many
> ^ +exponent +0\.99
> ^mix +order +sequential
!

$ shadownest trace gen --show gups
> "workload": "gups",
> "bytes": "64M",
!

$ shadownest trace gen --show zipf --set exponent=1.2 --seed 9
> "exponent": 1\.200
> "seed": 9
!

$ shadownest trace gen --workload gups --set bytes=1T --set count=10K --seed 7 -o g.snt && shadownest trace info g.snt
> origin  generated: .*"seed": 7, .*"bytes": "1T"
> ^loads +10240$
> ^stores +10240$
> ^process events \(map ... advise\) +3$
!

$ shadownest trace cat --count 4 g.snt
> ^0 switch pid 1
> ^1 map pid 1 gva 0x400000
> ^2 map pid 1 gva 0x100000000000
> ^3 phase
!

$ shadownest trace gen gups --name small -s count=5 -o g.snt && shadownest trace info g.snt
> ^small$
> ^loads +5$
!

$ shadownest trace gen experiments/workloads/mix.json -s order=interleaved -o g.snt && shadownest trace info g.snt
> ^phase marks +4$
!

# What is wrong is told with its place, and leaves nothing behind.
$ echo '{"workload": "gups", "parameters": {"bites": 1}}' > bad.json; shadownest trace gen bad.json -o bad.snt || ! ls bad.snt* 2>/dev/null
! bad.json:\$\.parameters\.bites: unknown key; the keys here are count, bytes, populate, pages
>
$ shadownest trace gen bad.json -o bad.snt
? 1

$ shadownest trace gen no/such.json -o x.snt
? 1
! no/such.json: cannot open

$ shadownest trace gen -w gup -o x.snt
? 1
! there is no workload "gup"; shadownest trace gen --list shows them

$ shadownest trace gen -w gups -s byts=1 -o x.snt
? 1
! gups has no parameter "byts"; it has count, bytes, populate, pages

$ shadownest trace gen -w gups -s bytes=lots -o x.snt
? 1
! bytes must be a number as 4096, 0x1000, 4K or 1T, not "lots"

# A mix has parts of its own accord, and --seed reaches them.
$ shadownest trace gen -w mix -s order=interleaved -o g.snt && shadownest trace info g.snt && shadownest trace gen --show mix --seed 7 > m.json && cat m.json && shadownest trace gen m.json -o m.snt && shadownest trace info m.snt
> ^phase marks +4$
> "workload": "gups"
> "seed": 8,
> ^phase marks +6$
!

$ echo '{"workload": "gups", "parameters": {"bytes": -4}}' > low.json; shadownest trace gen low.json -o x.snt
? 1
! low.json:\$\.parameters\.bytes: bytes must be 4096..17592186044416$

$ shadownest trace gen -w gups -o no/such/folder/x.snt
? 1
! no/such/folder

$ shadownest trace gen -w gups
? 2
! -o FILE.snt is needed

$ shadownest trace gen -o x.snt
? 2
! either a file or --workload NAME is needed

$ shadownest trace gen gups -w gups -o x.snt
? 2
! either a file or --workload NAME is needed

$ shadownest trace gen -w gups -S -1 -o x.snt
? 2
! a seed is a number below 2\^63

$ shadownest trace gen --help
> shadownest trace gen --workload gups
!
