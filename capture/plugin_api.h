/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin_api.h - those functions of QEMU's TCG plugin interface that the capture uses
 *
 * Declared here because Debian ships no header for them. Interface version 1 (QEMU 6.0 to 8.2);
 * QEMU loads a plugin whose version lies between its minimum and its current one.
 * Source: QEMU, docs/devel/tcg-plugins, "API".
 */
#ifndef CAPTURE_PLUGIN_API_H
#define CAPTURE_PLUGIN_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QEMU_PLUGIN_VERSION 1

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;

/* What QEMU tells of itself at installation. */
struct qemu_info {
	const char *target_name;
	struct {
		int min, cur;
	} version;
	bool system_emulation;
	struct {
		int smp_vcpus, max_vcpus;
	} system;
};

enum plugin_regs { PLUGIN_NO_REGS, PLUGIN_R_REGS, PLUGIN_RW_REGS };
enum plugin_mem { PLUGIN_MEM_RW = 3 };
enum plugin_inline { PLUGIN_INLINE_ADD_U64 };

typedef void plugin_vcpu_cb(uint64_t id, unsigned vcpu);
typedef void plugin_trans_cb(uint64_t id, struct qemu_plugin_tb *tb);
typedef void plugin_exec_cb(unsigned vcpu, void *arg);
typedef void plugin_mem_cb(unsigned vcpu, uint32_t info, uint64_t gva, void *arg);
typedef void plugin_flush_cb(uint64_t id);
typedef void plugin_exit_cb(uint64_t id, void *arg);

void qemu_plugin_register_vcpu_init_cb(uint64_t id, plugin_vcpu_cb *cb);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, plugin_trans_cb *cb);
void qemu_plugin_register_flush_cb(uint64_t id, plugin_flush_cb *cb);
void qemu_plugin_register_atexit_cb(uint64_t id, plugin_exit_cb *cb, void *arg);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, plugin_exec_cb *cb,
					  enum plugin_regs regs, void *arg);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, plugin_exec_cb *cb,
					    enum plugin_regs regs, void *arg);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
						enum plugin_inline op, void *counter,
						uint64_t add);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, plugin_mem_cb *cb,
				      enum plugin_regs regs, enum plugin_mem which, void *arg);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *insn);

unsigned qemu_plugin_mem_size_shift(uint32_t info);
bool qemu_plugin_mem_is_store(uint32_t info);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t info, uint64_t gva);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *at);

#endif
