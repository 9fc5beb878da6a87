The program itself: help and version on standard output, wrong use on standard error with status 2.

$ shadownest --version
> ^shadownest [0-9]+\.[0-9]+
!

$ shadownest --help
> ^Usage: shadownest
> ^  trace
> ^  --version
!

$ shadownest
? 2
! ^Usage: shadownest

$ shadownest frobnicate
? 2
! frobnicate.*--help

$ shadownest --frobnicate
? 2
! --frobnicate

$ shadownest trace
? 2
! Usage

$ shadownest trace --help
> import
> verify

$ shadownest trace frobnicate
? 2
! frobnicate
