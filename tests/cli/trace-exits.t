Logs of a real KVM's tracepoints.

$ shadownest trace exits --help
> /sys/kernel/tracing/trace
> trace-cmd report
!

# The three logs lie beside the tests; here they are written anew, a line or two each.
$ printf '%s\n' 'CPU 0/KVM-7 [001] d.... 1.000001: kvm_exit: vcpu 0 reason EPT_VIOLATION rip 0x10 info1 0x0000000000000182 info2 0x0 intr_info 0x0 error_code 0x0' 'CPU 0/KVM-7 [001] ..... 1.000002: kvm_page_fault: vcpu 0 rip 0x10 address 0x1000 error_code 0x182' 'CPU 0/KVM-7 [001] d.... 1.000005: kvm_entry: vcpu 0, rip 0x10' > k.log; shadownest trace exits k.log
> ^3 events in 0.000004000 s; vCPUs seen: 1$
> ^EPT_VIOLATION +1 +1 +4000 +4000$
> ^EPT_VIOLATION +0x182 write +1$
> ^distinct pages: 0 by gva, 1 by gpa
> ^  exits +1$
!

$ shadownest trace exits --list k.log
> ^1000001000 0 kvm_exit reason="EPT_VIOLATION" rip=0x10 info1=0x182
> ^1000002000 0 kvm_page_fault rip=0x10 error_code=0x182 gpa=0x1000$
> ^1000005000 0 kvm_entry after="EPT_VIOLATION" ns=4000 rip=0x10$
!

$ shadownest trace exits --json k.log
> "EPT_VIOLATION": \{
> "exits": 1,
> "0x182": 1
> "pages_gpa": 1,
!

# From a pipe, packed.
$ gzip -nc k.log | shadownest trace exits - --list | wc -l
> ^3$
!

$ printf 'CPU:1 [LOST 12 EVENTS]\n' >> k.log; shadownest trace exits k.log
> ^lost by the kernel: 12 events, gaps: 1; the counts are of what is left$
!

# Bad lines: named, or passed over and counted.
$ (cat k.log; echo garbage; echo '# a remark') > bad.log; shadownest trace exits bad.log
? 1
! ^shadownest: bad.log:5: no event: 

$ shadownest trace exits --skip-bad 1 bad.log
> ^3 events
! ^shadownest: 1 bad line was passed over$

$ head -c 100 k.log > cut.log; shadownest trace exits cut.log
? 1
! cut.log:1: the file ends inside this line

$ sed 's/ rip 0x10 info1.*//' k.log > short.log; shadownest trace exits short.log
? 1
! short.log:1: a field that this tracepoint prints is missing

$ : > empty.log; shadownest trace exits empty.log
? 1
! empty.log:\+0x0: there is no event in it$

$ head -c 3000 /dev/urandom > noise; shadownest trace exits --skip-bad 100000000 --json noise
? 1
! noise:\+0x0: there is no event in it$

$ shadownest trace exits no/such.log
? 1
! no/such.log: cannot open

$ shadownest trace exits
? 2
! a log is needed

$ shadownest trace exits --list --json k.log
? 2
! not both

$ shadownest trace exits --skip-bad x k.log
? 2
! is not a number of lines

# The log is no trace, and import says what reads it.
$ (echo '# tracer: nop'; cat k.log) > t.log; shadownest trace import t.log -o x.snt || test ! -e x.snt
! "shadownest trace exits" counts what KVM did
