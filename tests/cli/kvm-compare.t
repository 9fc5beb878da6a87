Wrong use says what would be right; nothing needs a KVM here.

$ shadownest kvm compare
? 2
! which scenario or trace

$ shadownest kvm compare --all --runs 0
? 2
! --runs must be 1..100, not 0

$ shadownest kvm compare cow --host-page 1G
? 2
! --host-page must be 4K or 2M, not 1G

$ shadownest kvm compare cow --populate maybe
? 2
! --populate must be no or yes, not maybe

$ shadownest kvm compare cow --record a --reference b
? 2
! --record needs a KVM

$ shadownest kvm compare cow --reference nowhere
? 1
! nowhere/cow.json: cannot open
