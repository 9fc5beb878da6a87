/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/stats.h"

#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"

#define NAME_MAX_BYTES 256u  /* more than any kernel's */
#define DESC_MAX       4096u /* statistics of one file */

/* Where a counter stands in its file. */
struct field {
	unsigned id;
	off_t at;
};

struct file {
	int fd;
	struct field field[COUNTER_COUNT];
	unsigned n;
};

struct stats {
	struct file file[2]; /* of the VM, of the vCPU */
};

static int fail_stats(struct sim_error *err)
{
	return sim_fail(err, SIM_EIO, "", "cannot read KVM's statistics: %s", strerror(errno));
}

static int read_at(int fd, void *to, size_t bytes, uint64_t at, struct sim_error *err)
{
	return pread(fd, to, bytes, (off_t)at) == (ssize_t)bytes ? SIM_OK : fail_stats(err);
}

/* One that counters.def has under KVM's name. */
static void take(struct file *f, const struct kvm_stats_desc *d, const char *name,
		 uint64_t data_at)
{
	unsigned id;

	if (d->size != 1 || !counters_find(name, &id) ||
	    counter_info[id].truth == COUNTER_OURS || f->n == COUNTER_COUNT)
		return;
	f->field[f->n++] = (struct field){ .id = id, .at = (off_t)(data_at + d->offset) };
}

static int take_all(struct file *f, const struct kvm_stats_header *h, struct sim_error *err)
{
	union {
		struct kvm_stats_desc desc;
		char bytes[sizeof(struct kvm_stats_desc) + NAME_MAX_BYTES + 1];
	} u;
	size_t bytes = sizeof(u.desc) + h->name_size;

	if (h->name_size > NAME_MAX_BYTES || h->num_desc > DESC_MAX)
		return sim_fail(err, SIM_EUNSUP, "", "KVM's statistics have an unknown layout");
	for (uint32_t i = 0; i < h->num_desc; i++) {
		int rc = read_at(f->fd, &u, bytes, h->desc_offset + i * bytes, err);

		if (rc)
			return rc;
		u.bytes[bytes] = '\0';
		take(f, &u.desc, u.bytes + sizeof(u.desc), h->data_offset);
	}
	return SIM_OK;
}

static int open_file(struct file *f, int of, struct sim_error *err)
{
	struct kvm_stats_header h;
	int rc;

	f->fd = ioctl(of, KVM_GET_STATS_FD, NULL);
	if (f->fd < 0)
		return fail_stats(err);
	rc = read_at(f->fd, &h, sizeof(h), 0, err);
	return rc ? rc : take_all(f, &h, err);
}

int stats_open(struct stats **out, int vm, int vcpu, struct sim_error *err)
{
	struct stats *s = sim_calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return sim_fail_nomem(err);
	s->file[0].fd = s->file[1].fd = -1;
	rc = open_file(&s->file[0], vm, err);
	if (!rc)
		rc = open_file(&s->file[1], vcpu, err);
	if (rc)
		stats_close(s);
	else
		*out = s;
	return rc;
}

void stats_close(struct stats *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < 2; i++)
		if (s->file[i].fd >= 0)
			close(s->file[i].fd);
	sim_free(s);
}

int stats_read(const struct stats *s, struct counters *c, bool have[COUNTER_COUNT],
	       struct sim_error *err)
{
	uint64_t value[COUNTER_COUNT] = { 0 };

	memset(have, 0, COUNTER_COUNT * sizeof(have[0]));
	for (unsigned i = 0; i < 2; i++)
		for (unsigned k = 0; k < s->file[i].n; k++) {
			const struct field *f = &s->file[i].field[k];
			int rc = read_at(s->file[i].fd, &value[f->id], sizeof(value[0]),
					 (uint64_t)f->at, err);

			if (rc)
				return rc;
			have[f->id] = true;
		}
	memcpy(c, value, sizeof(*c));
	return SIM_OK;
}
