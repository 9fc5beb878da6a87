`shadownest capture` used wrongly; tests/check_capture runs it.

$ shadownest capture
? 2
! -o X.snt is needed

$ shadownest capture -o x.snt
? 2
! --workload 'CMD' is needed

$ shadownest capture -w '  ' -o x.snt
? 2
! --workload 'CMD' is needed

$ shadownest capture -w gzip -o x.snt file
? 2
! file: put the whole command in --workload

$ shadownest capture -w gzip -o x.snt --start-at there
? 2
! --start-at there: exec, marker or pc:ADDR

$ shadownest capture -w gzip -o x.snt --start-at pc:0x12q
? 2
! --start-at pc:0x12q: pc: and a hexadecimal address

$ shadownest capture -w gzip -o x.snt --limit 0
? 2
! --limit 0: a number of at least 1

$ shadownest capture -w gzip -o x.snt --limit 3Q
? 2
! --limit 3Q: a number of at least 1

$ shadownest capture -w gzip -o x.snt --limit 99999999999G
? 2
! --limit 99999999999G: a number

$ shadownest capture -w gzip -o x.snt --level 23
? 2
! --level 23: at most 22

$ shadownest capture -w gzip --offline --refresh -o x.snt
? 2
! --offline forbids what --refresh asks for

$ shadownest capture -w gzip --qemu-args '-m 1G' -o x.snt
? 2
! --qemu-args describe the machine of --incoming

$ shadownest capture -w gzip --incoming f -o x.snt
? 2
! --incoming goes on with a machine that is there

$ shadownest capture -w gzip --plugin no/plugin.so -o x.snt
? 1
! no/plugin.so: cannot read the plugin: No such file

$ echo > p.so; shadownest capture --incoming no.mig --plugin p.so -o x.snt
? 1
! no.mig: cannot read: No such file

$ echo > p.so; echo > f.mig; shadownest capture --incoming f.mig --plugin p.so --qemu-args '-m "1G' -o x.snt
? 1
! --qemu-args: a quote is not closed

$ echo > p.so; echo > f.mig; shadownest capture --incoming f.mig --plugin p.so --qemu-args '-m 1G -smp 2' -o x.snt
? 1
! more than one vCPU: the order of their page-table writes would not be known

$ echo > p.so; echo > f.mig; shadownest capture --incoming f.mig --plugin p.so --qemu-args -enable-kvm -o x.snt
? 1
! under KVM no access can be seen

$ echo > p.so; shadownest capture -w gzip --plugin p.so -o no/folder/x.snt
? 1
! no/folder/x.snt: cannot create: No such file

$ echo > p.so; shadownest capture -w gzip --plugin p.so --qemu no-such-qemu -o x.snt; ls
? 0
> p.so
! no-such-qemu is not installed .Debian: qemu-system-x86.

$ echo > p.so; shadownest capture -w gzip --plugin p.so --qemu /bin/true -o x.snt; ls
? 0
> p.so
! /bin/true: this is no QEMU: --version gives "true .GNU coreutils.

$ echo > p.so; shadownest capture -w gzip --plugin p.so --memory banana -o x.snt
? 1
! --memory: a size is needed, as in 512M

$ echo > p.so; shadownest capture -w gzip --plugin p.so --dimm 1X -o x.snt
? 1
! --dimm: a size is needed, as in 256M

$ shadownest capture -w gzip -o x.snt --patience 0
? 2
! --patience 0: a number of at least 1

$ echo > p.so; TMPDIR=$PWD/no shadownest capture -w gzip --plugin p.so -o x.snt
? 1
! /no/shadownest-.*cannot make a folder for the run: No such file

$ shadownest capture --help
> shadownest capture -w 'gzip
!
