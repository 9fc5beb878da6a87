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

# The normalised stream is a trace like any other, and agrees with itself.
$ shadownest trace normalise traces/gups4k.snt -o n.snt && shadownest trace verify n.snt
> ^no translation: entry not present, or not permitted +0$
!

$ shadownest trace cat --count 6 n.snt | cut -c 1-60
> ^5 ptpage gpa 0x25a2000 level 4 0:0x25b3067 200:0x10000020067

$ shadownest trace normalise n.snt -o again.snt
? 1
! n.snt: RAM at gpa 0x10000000000

$ shadownest trace normalise traces/gups4k.snt
? 2
! -o OUT.snt is needed
