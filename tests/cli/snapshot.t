Saved guests on the command line. Real ones are in check_snapshot; these are made of a few bytes.

$ shadownest snapshot --help
> ^  walk +print what its page tables map
!

$ shadownest snapshot
? 2
! Commands

$ shadownest snapshot peek x
? 2
! there is no snapshot command "peek"

$ shadownest snapshot walk --help
> --format=FORMAT
> qemu-tlb

$ shadownest snapshot info
? 2
! is needed

$ shadownest snapshot walk --format tree x
? 2
! "tree": there are runs, leaves, json, qemu-tlb and qemu-mem

$ shadownest snapshot walk --cr3 12x x
? 2
! "12x" is no such number

$ shadownest snapshot walk --cr3 1000 --cr3 2000 x
? 2
! one --cr3 at a time

$ shadownest snapshot walk --from user x
? 2
! "user" is no hexadecimal address

$ shadownest snapshot trace x
? 2
! -o OUT.snt is needed

$ shadownest snapshot trace x -o y --pages some
? 2
! "some": there are all, user and kernel

$ shadownest snapshot info no/such/file
? 1
! no/such/file.*No such file

$ shadownest snapshot info traces
? 1
! traces

$ shadownest snapshot info traces/README
? 1
! README:\+0x0: neither a migration file

$ gzip -c traces/README > packed; shadownest snapshot info packed
? 1
! packed:\+0x0: it is packed with gzip: unpack it first

$ printf 'QEVM\0\0\0\3\7\0\0\0\2pc\1\0\0' > cut; shadownest snapshot tables cut
? 1
! cut:\+0x10: the file ends at byte 18, within the 4 bytes

$ printf 'QEVM\0\0\0\2' > old; shadownest snapshot trace old -o x.snt || test ! -e x.snt
! old:\+0x4: a migration stream of version 2

$ mkfifo pipe && (cat traces/README > pipe &) && shadownest snapshot info pipe
? 1
! pipe: it must be a file
