Traces of DynamoRIO, perf and QEMU, imported: good, malformed, cut.

$ shadownest trace import --format help
> ^drmemtrace \(binary\)$
> ^drview \(text\)$
> ^perf \(text\)$
> ^qemu-log \(text\)$
!

# drmemtrace: header, thread 7 of process 6, an instruction, a store of 8 bytes, footer.
$ printf '\31\0\0\0\6\0\0\0\0\0\0\0\26\0\4\0\7\0\0\0\0\0\0\0\30\0\4\0\6\0\0\0\0\0\0\0\12\0\2\0\0\20\100\0\0\0\0\0\1\0\10\0\0\40\0\0\0\0\0\0\32\0\0\0\0\0\0\0\0\0\0\0' > d.trace; shadownest trace import d.trace -o d.snt && shadownest trace cat d.snt
> ^0 switch pid 6$
> ^1 fetch user 0x401000 count 0$
> ^2 store 8 user 0x2000$
> ^3 end instructions 1$
!

$ shadownest trace info d.snt
> origin  DynamoRIO drmemtrace$

$ gzip -nc d.trace > d.trace.gz; shadownest trace import d.trace.gz -o z.snt && cmp d.snt z.snt
!

$ head -c 70 d.trace > cut.trace; shadownest trace import cut.trace -o x.snt || test ! -e x.snt
! cut.trace:\+0x3c: the file ends inside this record

$ head -c 60 d.trace > cut.trace; shadownest trace import cut.trace -o x.snt || test ! -e x.snt
! cut.trace:\+0x3c: the file ends without a footer

$ (head -c 60 d.trace; printf '\143\0\0\0\0\0\0\0\0\0\0\0'; tail -c 12 d.trace) > bad.trace; shadownest trace import bad.trace -o x.snt || test ! -e x.snt
! bad.trace:\+0x3c: a record of an unknown type

$ shadownest trace import --skip-bad 1 bad.trace -o ok.snt && shadownest trace cat ok.snt | wc -l
> ^4$
! 1 malformed record was passed over; bad.trace:\+0x3c: a record of an unknown type

# Files of the tracer before raw2trace are named.
$ printf '\100\0\0\0\0\0\7\304\0\0\0\0\0\0\0\40' > raw.trace; shadownest trace import raw.trace -o x.snt
? 1
! raw.trace:\+0x0: a raw file of drmemtrace's tracer: .*raw2trace

# The text of its view tool.
$ (echo hello; echo 'Output format:'; echo '<--record#-> <--instr#->: <---tid---> <record details>'; echo '           1           1:           7 ifetch       2 byte(s) @ 0x0000000000401000 non-branch'; echo '           2           1:           7 write        8 byte(s) @ 0x0000000000002000 by PC 0x0000000000401000'; echo 'View tool results:'; echo '              1 : total instructions') > v.txt; shadownest trace import v.txt -o v.snt && shadownest trace cat v.snt
> ^1 fetch user 0x401000 count 0$
> ^2 store 8 user 0x2000$
> ^3 end instructions 1$
!

$ head -n 5 v.txt > cut.txt; shadownest trace import cut.txt -o x.snt || test ! -e x.snt
! cut.txt:\+0x[0-9a-f]+: the text ends without "View tool results:"

$ sed 's/write  /wrote  /' v.txt > bad.txt; shadownest trace import bad.txt -o x.snt || test ! -e x.snt
! bad.txt:5: a record of an unknown kind: 

# perf script.
$ printf 'a b 5/6 1.000001: page-faults:           601040           401136\nbad\n' > p.txt; shadownest trace import p.txt -o x.snt || test ! -e x.snt
! p.txt:2: read as perf, for want of --format: no sample

$ shadownest trace import -f perf p.txt -o x.snt || test ! -e x.snt
! p.txt:2: no sample: "comm pid/tid time: event: addr ip" is meant: "bad"

$ shadownest trace import -f perf --skip-bad 1 p.txt -o p.snt && shadownest trace cat p.snt
> ^0 switch pid 5$
> ^1 fetch user 0x401136 count 0$
> ^2 load 8 user 0x601040$
! 1 malformed record was passed over; p.txt:2

# QEMU's log.
$ printf 'CR3 update: CR3=1000\nServicing hardware INT=0x08\n     0: v=0e e=0002 i=0 cpl=3 IP=0033:1 pc=1 SP=002b:1 CR2=0000000000002000\n' > q.log; shadownest trace import q.log -o q.snt && shadownest trace cat q.snt
> ^0 cr3 0x1000$
> ^1 pf 0x2000 error 0x2$
> ^2 int vector 8$
!

$ head -c 30 q.log > cut.log; shadownest trace import cut.log -o x.snt || test ! -e x.snt
! cut.log:2: the file ends inside this line

# perf's and trace-cmd's own files are named.
$ printf 'PERFILE2\0\0' > perf.data; shadownest trace import perf.data -o x.snt
? 1
! perf.data:\+0x0: perf's own file; "perf script" makes text of it

$ printf '\027\010\104tracing6\0' > trace.dat; shadownest trace import trace.dat -o x.snt
? 1
! trace.dat:\+0x0: trace-cmd's own file; "trace-cmd report" makes text of it
