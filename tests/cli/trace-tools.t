Traces cut, joined, split, filtered, sampled and measured on the command line.

$ shadownest trace cut --from 1000000 --count 200000 -l 1 traces/fork.snt -o part.snt
> ^part.snt: records 1000000..1200000, .* accesses, .* instructions, behind 121 records of state$
!

$ shadownest trace verify part.snt
> ^mismatch: .* 0$
> ^no translation: a table that the stream never gave +0$
!

$ shadownest trace info part.snt
> ^part$
> ; cut of fork, records 1000000..1200000$
> , trace cut of shadownest

# The border moves behind the tables that the trace begins with, and it says so.
$ shadownest trace cut --from 50 --to 5000 -l 1 --json --name x traces/fork.snt -o part.snt
> "first": 109,
> "first_asked": 50,
> "last_asked": 5000,
> "stray_writes": 0
! the beginning moves from record 50 to 109

$ shadownest trace cat --count 2 part.snt | cut -c 1-10
> ^0 ptpage g$
> ^1 ptpage g$

$ shadownest trace cut --from 1000000 -i --to 1100000 -l 1 --json traces/fork.snt -o part.snt
> "instructions": [0-9]{5,6},
!

$ shadownest trace cut --tag 0x2 -l 1 traces/hotplug.snt -o part.snt; shadownest trace verify part.snt
> ^part.snt: records
> ^mismatch: .* 0$

$ shadownest trace cut --from 9999999 traces/gups4k.snt -o none.snt || test ! -e none.snt
! gups4k.snt: there is no record 9999999: the trace has 403309 records and 2309589 instructions

$ shadownest trace cut --phase 3 traces/gups4k.snt -o none.snt
? 1
! there is no phase 3

$ shadownest trace cut --from 5 --to 5 traces/gups4k.snt -o none.snt
? 1
! nothing lies from 5 to before 5

$ shadownest trace cut --from 5 --count 0 traces/gups4k.snt -o none.snt || test ! -e none.snt
! nothing lies from 5 to before 5

$ shadownest trace cut --count 0 -i traces/gups4k.snt -o none.snt || test ! -e none.snt
! nothing lies from 0 to before 0

$ shadownest trace cut --count 5 --to 9 traces/gups4k.snt -o none.snt
? 2
! --to and --count say the same

$ shadownest trace cut --help
> mean record 5 to before record 9

$ shadownest trace cut --from 5 traces/gups4k.snt
? 2
! -o OUT.snt is needed

$ shadownest trace cut traces/gups4k.snt -o x.snt
? 2
! which part\?

$ shadownest trace cut --from x traces/gups4k.snt -o x.snt
? 2
! "x" is not a number of records

$ shadownest trace cut --tag 1 --from 2 traces/gups4k.snt -o x.snt
? 2
! not by two of them

# Pieces and the whole.
$ shadownest trace split --size 150000 -l 1 traces/gups4k.snt -o p.snt
> ^p-0.snt: records 0..150000, .* behind 0 records of state$
> ^p-2.snt: records 300000..403308,
!

$ shadownest trace join -l 1 p-0.snt p-1.snt p-2.snt -o whole.snt
> 403309 records, 3005192 instructions; where they meet 282 tables are the same, 0 new, 0 gone$
!

$ shadownest trace cat whole.snt > a.txt; shadownest trace cat traces/gups4k.snt | cmp - a.txt
!

$ shadownest trace join -l 1 --json p-0.snt p-2.snt -o gap.snt
> "tables_repeated": 141,
> "stores_made_up": 0
!

$ shadownest trace split --by tag --json -l 1 traces/hotplug.snt -o h.snt
> "file": "h-4.snt"
!

$ for p in h-?.snt; do shadownest trace verify $p | grep '^mismatch'; done | sort | uniq -c
> ^ +5 mismatch: .* 0$
!

$ shadownest trace join p-0.snt h-0.snt -o none.snt || test ! -e none.snt
! h-0.snt: it does not continue the trace before it: other contents: only one of them has frames

# A missing part, and another guest.
$ shadownest trace split --size 1000000 -l 1 --json traces/fork.snt -o f.snt
> "file": "f-7.snt"

$ shadownest trace join f-0.snt f-2.snt -o none.snt || test ! -e none.snt
! f-2.snt: .*a part is missing before it: 15 tables are new, 1 gone, and 308 stores would have to be made up; --gap does that$

$ shadownest trace join --gap -l 1 f-0.snt f-2.snt -o gap.snt
> 2 traces, .* 130 tables are the same, 15 new, 1 gone$
! 308 stores to page tables are made up

$ shadownest trace join --gap f-0.snt traces/pipe.snt -o none.snt || test ! -e none.snt
! pipe.snt: .*another guest: its origin is "head . cat .*", that of the first "bash: subshells

$ shadownest trace join p-0.snt -o none.snt
? 2
! two traces are needed

$ shadownest trace split traces/gups4k.snt -o p.snt
? 2
! --by phase, --by tag or --size N

# What passes.
$ shadownest trace filter --cpl user -l 1 --json traces/gups4k.snt -o user.snt
> "accesses_in": 403164,
> "accesses": 400014,
> "instructions": 3005192$
!

$ shadownest trace verify user.snt
> ^accesses that the tables translate to the recorded frame +400014$
!

$ shadownest trace info user.snt
> ; filter of gups4k: cpl user; 400014 of 403164 accesses$

$ shadownest trace filter --kind load,store --gva 0x0-0x7fffffffffff --drop-events tag,int -l 1 traces/gups4k.snt -o x.snt; shadownest trace info x.snt
> ^other interrupts and exceptions +0$
> ^fetches +0$
> ^page-table pages, whole contents +141$

$ shadownest trace filter --drop-events ptw traces/fork.snt -o x.snt
? 2
! events "ptw" must stay

$ shadownest trace filter --kind lod traces/fork.snt -o x.snt
? 2
! "lod" is no kind of record

$ shadownest trace filter --address-space 9 traces/gups4k.snt -o none.snt || test ! -e none.snt
! gups4k.snt: there is no address space 9: there are 1, from 0

$ shadownest trace filter --cpl 2 traces/gups4k.snt -o x.snt
? 2
! --cpl is user or kernel

$ shadownest trace filter traces/gups4k.snt -o x.snt
? 2
! what is to pass\?

$ shadownest trace sample --every 100000 --length 10000 --marks -l 1 --json traces/gups4k.snt -o s.snt
> "windows": 5,
!

$ shadownest trace info s.snt
> ; sample of gups4k: windows of 10000 records each 100000, from 0; [0-9]+ of 403164 accesses$
> ^phase marks +10$

$ shadownest trace sample --rate 1/8 -l 1 traces/gups4k.snt -o s.snt; shadownest trace verify s.snt
> ^s.snt: [45][0-9]{4} of 403164 accesses
> ^mismatch: .* 0$
!

$ shadownest trace sample --rate 2 traces/gups4k.snt -o s.snt
? 2
! a rate is above 0 and at most 1

$ shadownest trace sample --every 10 --length 20 traces/gups4k.snt -o s.snt
? 2
! not more than lie between

# Measures, and a pipe.
$ shadownest trace stats traces/gups2m.snt
> ^ +403770 records|^  403770 records, 403655 accesses, 3006395 instructions$
> ^  2M +[0-9]+ +[0-9.]+ +401576 +
> ^1 address spaces
!

$ shadownest trace stats --json --interval 1000000 -i --lru 64,1536 traces/gups4k.snt
> "interval_unit": "instructions",
> "entries": 1536,
> "root": "0x25a2000",
!

$ shadownest trace filter --kind fetch -l 1 traces/gups4k.snt -o - 2>/dev/null | shadownest trace stats -
> ^gups4k-filter$
> ^  506 records, 361 accesses,
!

$ shadownest trace cut --from 7 -o - --json traces/gups4k.snt
? 2
! would write to the same place

$ shadownest trace stats --lru 0 traces/gups4k.snt
? 2
! at least 1 entry

$ shadownest trace stats
? 2
! a trace is needed

# A file that may not grow (RLIMIT_FSIZE) is a full disk: said, and nothing left.
$ (ulimit -f 8; shadownest trace cut --from 0 --to 1000000 -l 1 traces/fork.snt -o limited.snt); echo status $?; ls | grep -c limited
? 1
> ^status 1$
> ^0$
! limited.snt: cannot write: File too large
