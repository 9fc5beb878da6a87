/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_kvm.c - a guest on /dev/kvm for test_inject */
#include "inject_subjects.h"

#include "kvm/kvm_replayer.h"
#include "kvm_guest.h"
#include "x86/ptformat.h"

#define HIGH ((uint64_t)1 << 30)

static int let_host(struct replayer *r, struct sim_error *err)
{
	const struct host_op op[] = {
		{ .kind = HOST_OP_SLOT_ADD,
		  .gpa = HIGH,
		  .bytes = PAGE_BYTES,
		  .alias = HOST_OP_NO_ALIAS },
		{ .kind = HOST_OP_SLOT_ADD,
		  .gpa = 2 * HIGH,
		  .bytes = PAGE_BYTES,
		  .alias = HIGH },
		{ .kind = HOST_OP_LOG_ON, .gpa = HIGH },
		{ .kind = HOST_OP_LOG_GET, .gpa = HIGH },
		{ .kind = HOST_OP_SLOT_DEL, .gpa = HIGH },
		{ .kind = HOST_OP_MOVE, .gpa = KVM_GUEST_GPA, .bytes = PAGE_BYTES },
	};
	int rc = 0;

	for (unsigned i = 0; !rc && i < sizeof(op) / sizeof(op[0]); i++)
		rc = r->ops->host(r->self, &op[i], err);
	return rc;
}

int inject_kvm(void *arg, struct sim_error *err)
{
	const struct kvm_config cfg = { .device = "/dev/kvm",
					.host = { .page_level = LEVEL_4K } };
	struct kvm_stream *s = arg;
	struct trace_meta meta;
	struct replayer r;
	int rc;

	kvm_guest_meta(&meta);
	kvm_stream_begin(s, 0);
	kvm_stream_tables(s, PTE_P | PTE_W | PTE_U | PTE_A | PTE_D);
	kvm_stream_load(s, KVM_GUEST_DATA);
	kvm_stream_ring(s);
	rc = kvm_replayer_create(&r, &cfg, &meta, err);
	if (rc)
		return rc;
	rc = r.ops->run(r.self, &s->batch, err);
	if (!rc)
		rc = let_host(&r, err);
	r.ops->destroy(r.self);
	return rc;
}
