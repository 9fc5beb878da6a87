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

$ shadownest kvm
? 2
! Usage

$ shadownest kvm --help
> compare
> doctor

$ shadownest kvm frobnicate
? 2
! there is no kvm command "frobnicate"

$ shadownest kvm doctor
> ^what +found +verdict +next
> ^/dev/kvm
> ^kvm.mmio_caching

$ shadownest kvm doctor --json
> "verdict": "
> "kernel": "

$ shadownest kvm measure
? 2
! -o DIR is needed

$ shadownest kvm measure -o out --cpu many
? 2
! --cpu needs a number

$ shadownest kvm measure -o out --plan nowhere.json
? 1
! nowhere.json

$ shadownest kvm doctor --frobnicate
? 2
! frobnicate

Output that cannot be written is a failure, and is never written anywhere else.

$ shadownest --help > /dev/full
? 1
! standard output: cannot write

$ shadownest --version >&-
? 1
! standard output: cannot write

$ shadownest run --help > /dev/full
? 1
! standard output: cannot write

$ shadownest trace cat --count 1 traces/fork.snt >&-
? 1
! standard output: cannot write

$ shadownest trace info traces/gups4k.snt > /dev/full
? 1
! standard output: cannot write

$ shadownest run nowhere.json >&-
? 1
! nowhere.json

$ shadownest run models
? 1
! models: cannot read: Is a directory

$ shadownest run experiments/quickstart.json -o ''
? 2
! -o needs

Experiments are found from any folder.

$ mkdir -p away && cd away && shadownest run quickstart -n -o ../quick1 > /dev/null && cd .. && wc -l < quick1/exits.csv
> ^[0-9]+$

$ cd away && shadownest run experiments/nowhere.json
? 1
! experiments/nowhere.json: cannot open

Progress: lines, the last of which is the end.

$ TERM=dumb shadownest run quickstart -n -o quick2 2>&1 > /dev/null | tail -n 1
> ^100 %, [0-9]+ of [0-9]+ simulations
