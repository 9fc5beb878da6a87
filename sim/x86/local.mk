# Headers only: bits, registers, pure permission rules.
EXTRA_DIST += sim/x86/perm.h sim/x86/ptformat.h sim/x86/regs.h
