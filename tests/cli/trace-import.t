Traces of other tools, imported: each format, packed in each way, malformed, cut.

# The table is what --help and --format help show.
$ shadownest trace import --help
> ^  lackey +Valgrind
> ^  champsim-cloudsuite +ChampSim
!

$ shadownest trace import --format help
> ^lackey \(text\)$
> valgrind --tool=lackey --trace-mem=yes
> ^champsim \(binary\)$
!

$ shadownest trace import --format elf x -o x.snt
? 2
! there is no format "elf"; there are:
! ^  din

# One text in every packing is one trace.
$ printf '==7== Command: ls\nI  1000,4\n L 1fff000628,8\n M 1fff000ffc,8\n' > a.lackey; shadownest trace import a.lackey -o a.snt && shadownest trace cat a.snt
> ^0 switch pid 1$
> ^1 fetch user 0x1000 count 0$
> ^2 load 8 user 0x1fff000628$
> ^3 load 8 user 0x1fff000ffc cross$
> ^4 store 8 user 0x1fff000ffc cross$
> ^5 end instructions 1$
!

$ shadownest trace info a.snt
> origin  Valgrind lackey of: ls$
> ^process events .* 1$
!

% for c in gzip xz lz4; do printf 'r 1 1\n' | $c | shadownest trace import -f din - -o probe.snt || exit 1; done
$ for c in 'gzip -n' 'xz' 'zstd -q' 'lz4 -q'; do $c -c a.lackey > a.lackey.z || exit 1; shadownest trace import a.lackey.z -o z.snt || exit 1; cmp a.snt z.snt || exit 1; rm z.snt; done
!

$ gzip -nc a.lackey | cat - a.lackey > mixed.gz; shadownest trace import mixed.gz -o x.snt || test ! -e x.snt
! mixed.gz:\+0x[0-9a-f]+: incorrect header check

$ gzip -nc a.lackey | head -c 40 > cut.gz; shadownest trace import cut.gz -o x.snt || test ! -e x.snt
! cut.gz:\+0x[0-9a-f]+: the file ends inside its gzip data

% true
$ shadownest trace import -f lackey - -o s.snt -n a < a.lackey && cmp a.snt s.snt
!

$ printf 'BZh91AY&SY' > a.bz2; shadownest trace import a.bz2 -o x.snt
? 1
! a.bz2: it is packed by bzip2, which is not unpacked here

# What is malformed is named by file, line and reason; --skip-bad bounds what is passed over.
$ printf 'I  1000,4\ngarbage\n L zz\n S 10,8\n' > bad.lackey; shadownest trace import -f lackey bad.lackey -o x.snt || test ! -e x.snt
! ^shadownest: bad.lackey:2: not a line of lackey.s .*: "garbage"$

$ shadownest trace import --skip-bad 1 -f lackey bad.lackey -o x.snt || test ! -e x.snt
! ^shadownest: bad.lackey:3: one malformed record more than the 1 passed over: not a line

$ shadownest trace import --skip-bad 2 -f lackey bad.lackey -o bad.snt && shadownest trace cat bad.snt | wc -l
> ^4$
! ^shadownest: 2 malformed records were passed over; the first: bad.lackey:2: not a line

$ shadownest trace import --skip-bad -1 bad.lackey -o x.snt
? 2
! --skip-bad takes a number, not "-1"

$ shadownest trace import --level 1 a.lackey -n a -o fast.snt && shadownest trace cat fast.snt > fast && shadownest trace cat a.snt | cmp - fast
!

$ shadownest trace import --level 23 a.lackey -o x.snt
? 2
! a compression level is 1 to 22, not "23"

$ shadownest trace import --level 0 a.lackey -o x.snt
? 2
! a compression level is 1 to 22, not "0"

$ shadownest trace cut --count 5 --level 23 traces/gups4k.snt -o x.snt
? 2
! a compression level is 1 to 22, not "23"

# A trace of addresses alone is not replayed, and the error says what to do.
$ printf '{"name": "bare", "question": "", "traces": ["a.snt"], "machine": "skylake-sp", "techniques": ["ept"], "cost": "xeon-8269cy"}' > bare.json; shadownest run bare.json -o bare
? 1
! a.snt: .*the trace has no page tables: put it through "shadownest guest" first

$ shadownest trace normalise a.snt -o x.snt
? 1
! a.snt: the trace has no page tables

# Dinero, both ways; gem5; ChampSim.
$ printf '2 0\n0 1000\n1 70f6088e comment\n' > t.din; shadownest trace import t.din -o t.snt && shadownest trace cat t.snt
> ^1 fetch user 0x0 count 0$
> ^2 load 4 user 0x1000$
> ^3 store 4 user 0x70f6088c$
!

$ printf 'r 0x1000 8\nw 2000\n' > e.din; shadownest trace import -f din e.din -o x.snt
? 1
! e.din:2: no hexadecimal size: "w 2000"

$ printf 'r,4096,8,0,77\nw,8192,64,0,78\n' > p.txt; shadownest trace import p.txt -o p.snt && shadownest trace cat p.snt
> ^1 load 8 user 0x1000$
> ^2 store 64 user 0x2000$
!

# A malformed line among the first leaves the format known, the line named, and --skip-bad of use.
$ printf '==1== Lackey, an example Valgrind tool\nls: foo\nI  04001000,3\n L 1ffe000000,8\n' > hb.l; shadownest trace import hb.l -o none.snt || test ! -e none.snt
! hb.l:2: read as lackey, for want of --format: not a line of lackey's .*: "ls: foo"

$ shadownest trace import hb.l --skip-bad 2 -o hb.snt && shadownest trace cat hb.snt
> ^2 load 8 user 0x1ffe000000$
! 1 malformed record was passed over; hb.l:2: not a line of lackey's

$ printf '2 400000\n0 7ffe1000\n0 zz\n' > bad.din; shadownest trace import bad.din -o none.snt || test ! -e none.snt
! bad.din:3: read as din, for want of --format: no hexadecimal address of 64 bits: "0 zz"

$ printf 'some\nwords\n' > words; shadownest trace import words -o none.snt || test ! -e none.snt
! words:\+0x0: no importer knows these bytes

$ printf 'r 1000 8\nI  04001000,3\n' > two; shadownest trace import two -o none.snt || test ! -e none.snt
! two:2: read as din, for want of --format: 

# What holds nothing is refused.
$ head -c 3000 /dev/urandom > noise; shadownest trace import -f qemu-log --skip-bad 100000000 noise -o none.snt || test ! -e none.snt
! noise:\+0x0: there is no event in it$

# A signal stops it while it waits for more.
$ (sleep 5 | timeout --preserve-status -s TERM 1 shadownest trace import - -o none.snt) || test ! -e none.snt
! ^shadownest: standard input: stopped$

$ (sleep 5 | timeout --preserve-status -s TERM 1 shadownest trace stats -)
? 1
! ^shadownest: standard input: stopped$

$ printf 'gem5\1\2\3' > p.trc; shadownest trace import p.trc -o x.snt
? 1
! p.trc:\+0x0: this is a protobuf trace of gem5; its util/decode_packet_trace.py

$ head -c 64 /dev/zero > z.champsimtrace; shadownest trace import z.champsimtrace -o c.snt && shadownest trace cat c.snt
> ^1 fetch user 0x0 count 0$
> ^2 end instructions 1$
!

$ head -c 100 /dev/zero > cut.champsimtrace; shadownest trace import cut.champsimtrace -o x.snt
? 1
! cut.champsimtrace:\+0x40: the file ends inside this record$

$ head -c 64 /dev/zero > z.trace; shadownest trace import z.trace -o x.snt
? 1
! z.trace:\+0x0: no importer knows these bytes; --format says what it is: capture, gtr1, lackey, champsim

$ : > empty; shadownest trace import empty -o x.snt
? 1
! empty:\+0x0: the file is empty

$ shadownest trace import a.snt -o x.snt
? 1
! a.snt:\+0x0: this is a trace of shadownest already
