Traces on the command line: what is there, what is not, what is broken.

$ shadownest trace verify traces/gups4k.snt
> ^mismatch: .* 0$
!

$ shadownest trace info --json traces/gups4k.snt
> "loads": 201704
!

$ shadownest trace cat --from 0 --count 3 traces/fork.snt | wc -l
> ^3$

$ shadownest trace info - < traces/gups2m.snt
> RAM

$ shadownest trace info no/such.snt
? 1
! no/such.snt.*No such file

$ shadownest trace verify models/machine/zen2.json
? 1
! zen2.json:

$ head -c 100000 traces/gups4k.snt > cut.snt; shadownest trace verify cut.snt
? 1
! cut.snt:

$ shadownest trace import traces/README -o x.snt || test ! -e x.snt
! README:.*no importer knows

$ shadownest trace info
? 2
! .

$ shadownest trace import traces/README
? 2
! .

$ shadownest trace cat -f 999999999999 traces/gups4k.snt
? 1
! gups4k.snt: there is no record 999999999999

$ shadownest trace cat -f 999999999999 - < traces/gups4k.snt
? 1
! there is no record 999999999999
