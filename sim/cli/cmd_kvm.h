/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_kvm.h - the sub-commands of `shadownest kvm`
 */
#ifndef SIM_CLI_CMD_KVM_H
#define SIM_CLI_CMD_KVM_H

#include "cli/command.h"

extern const struct command cmd_kvm_compare, cmd_kvm_doctor, cmd_kvm_measure, cmd_kvm_run;

#endif
