/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words that a real guest reads; the guest itself where /dev/kvm works.
 */
#include "config.h"

#include <linux/kvm.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "kvm/cpu_state.h"
#include "kvm/encode.h"
#include "kvm/guest_memory.h"
#include "kvm/kvm_replayer.h"
#include "kvm/payload_code.h"
#include "kvm/vmm.h"
#include "kvm_guest.h"
#include "x86/ptformat.h"

#define AD   (PTE_A | PTE_D)
#define LEAF (PTE_P | PTE_W | PTE_U)
#define PAGE 4096u

/* --- the encoder --- */

struct words {
	uint64_t word[PAYLOAD_WORDS];
	struct encoder encoder;
	struct kvm_stream stream;
	struct sim_error err;
};

static uint64_t word(unsigned op, uint64_t address)
{
	return (uint64_t)op * PAYLOAD_OP_BYTES << 48 | (address & 0xffffffffffffu);
}

static struct words *words_begin(void)
{
	struct words *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	encode_init(&w->encoder, w->word);
	kvm_stream_begin(&w->stream, 1000);
	return w;
}

/* The result of the last op of the stream. */
static int words_encode(struct words *w)
{
	int rc = 0;

	for (uint32_t i = 0; i < w->stream.batch.n && rc >= 0; i++)
		rc = encode_op(&w->encoder, &w->stream.batch, i, &w->err);
	return rc;
}

static void accesses_become_words(void **state)
{
	struct words *w = words_begin();

	(void)state;
	kvm_stream_load(&w->stream, 0x1234);
	kvm_stream_store(&w->stream, 0xffff888000001000);
	w->stream.op[0] = OP_LOAD | OP_USER;
	assert_int_equal(words_encode(w), ENCODE_DONE);
	assert_int_equal(w->encoder.n, 2);
	assert_int_equal(w->word[0], word(PAYLOAD_OP_LOAD_1, 0x1234));
	assert_int_equal(w->word[1], word(PAYLOAD_OP_STORE_8, 0xffff888000001000));
	assert_int_equal(w->encoder.record[1], 1001);
	encode_end(&w->encoder);
	assert_int_equal(w->word[2], word(PAYLOAD_OP_END, 0));
	free(w);
}

static void events_become_words(void **state)
{
	struct words *w = words_begin();

	(void)state;
	kvm_stream_entry(&w->stream, 3, 0xabc067);
	kvm_stream_event(&w->stream, (struct event){ .kind = EVENT_CR3, .value = 0x5000 });
	kvm_stream_event(&w->stream, (struct event){ .kind = EVENT_INVLPG, .gva = 0x7000 });
	kvm_stream_event(&w->stream,
			 (struct event){ .kind = EVENT_PF, .gva = 0x9000, .value = 7 });
	kvm_stream_event(&w->stream, (struct event){ .kind = EVENT_TAG });
	assert_int_equal(words_encode(w), ENCODE_DONE);
	assert_int_equal(w->encoder.n, 5);
	assert_int_equal(w->word[0], word(PAYLOAD_OP_TABLE_STORE, KVM_GUEST_TABLE + 24));
	assert_int_equal(w->word[1], 0xabc067);
	assert_int_equal(w->word[2], word(PAYLOAD_OP_CR3, 0x5000));
	assert_int_equal(w->word[3], word(PAYLOAD_OP_INVLPG, 0x7000));
	assert_int_equal(w->word[4], word(PAYLOAD_OP_STORE_REFUSED, 0x9000));
	assert_int_equal(w->encoder.record[2], 1002);
	free(w);
}

static void ordered_accesses_have_operations_of_their_own(void **state)
{
	struct words *w = words_begin();

	(void)state;
	w->encoder.style.is_ordered = true;
	kvm_stream_load(&w->stream, 0x1234);
	assert_int_equal(words_encode(w), ENCODE_DONE);
	encode_end(&w->encoder);
	assert_int_equal(w->word[0], word(PAYLOAD_OP_ORDERED + PAYLOAD_OP_LOAD_8, 0x1234));
	assert_int_equal(w->word[1], word(PAYLOAD_OP_ORDERED + PAYLOAD_OP_END, 0));
	free(w);
}

static void payload_and_host_need_no_words(void **state)
{
	struct words *w = words_begin();

	(void)state;
	kvm_stream_load(&w->stream, payload_gva(PAYLOAD_CODE));
	assert_int_equal(words_encode(w), ENCODE_DONE);
	kvm_stream_event(&w->stream, (struct event){ .kind = EVENT_DMA });
	assert_int_equal(words_encode(w), ENCODE_HOST);
	kvm_stream_ring(&w->stream);
	assert_int_equal(words_encode(w), ENCODE_RUN);
	assert_int_equal(w->encoder.n, 0);
	free(w);
}

static void refuses(struct words *w, int code, const char *why)
{
	assert_int_equal(words_encode(w), code);
	assert_non_null(strstr(w->err.text, why));
	free(w);
}

static void what_is_not_normalised_is_refused(void **state)
{
	struct words *w = words_begin();

	(void)state;
	kvm_stream_load(&w->stream, 0x1000);
	w->stream.op[0] = OP_LOAD;
	refuses(w, SIM_ESTATE, "not normalised");
	w = words_begin();
	kvm_stream_load(&w->stream, 0x800000000000);
	refuses(w, SIM_ESTATE, "canonical");
	w = words_begin();
	kvm_stream_event(&w->stream, (struct event){ .kind = EVENT_PTW, .gpa = 8 });
	refuses(w, SIM_ESTATE, "does not follow its store");
	w = words_begin();
	kvm_stream_event(&w->stream, (struct event){ .kind = EVENT_CR4 });
	refuses(w, SIM_EUNSUP, "event");
}

static void words_that_do_not_fit_are_refused(void **state)
{
	struct words *w = words_begin();

	(void)state;
	for (unsigned i = 0; i < PAYLOAD_WORDS - 1; i++)
		kvm_stream_load(&w->stream, 0x1000);
	assert_int_equal(words_encode(w), ENCODE_DONE);
	free(w);
	w = words_begin();
	for (unsigned i = 0; i < PAYLOAD_WORDS; i++)
		kvm_stream_load(&w->stream, 0x1000);
	refuses(w, SIM_ERANGE, "4095 words");
}

/* --- the guest --- */

struct live {
	struct kvm_stream stream;
	struct replayer r;
	struct sim_error err;
	uint64_t next; /* record */
};

static const struct kvm_config usual = {
	.device = "/dev/kvm",
	.host = { .page_level = LEVEL_4K, .prepopulated = true },
};

static struct live *live_begin(const struct kvm_config *cfg)
{
	struct live *l = calloc(1, sizeof(*l));
	struct trace_meta meta;

	assert_non_null(l);
	kvm_guest_meta(&meta);
	if (kvm_replayer_create(&l->r, cfg, &meta, &l->err)) {
		print_message("# %s: %s\n", l->err.where, l->err.text);
		free(l);
		skip();
	}
	kvm_stream_begin(&l->stream, 0);
	return l;
}

static int ring(struct live *l)
{
	int rc;

	kvm_stream_ring(&l->stream);
	rc = l->r.ops->run(l->r.self, &l->stream.batch, &l->err);
	kvm_stream_begin(&l->stream, l->stream.batch.first + l->stream.batch.n);
	return rc;
}

static void rings(struct live *l)
{
	if (ring(l))
		fail_msg("%s: %s", l->err.where, l->err.text);
}

/* A guest whose tables are given, and which has run once. */
static struct live *live_guest(const struct kvm_config *cfg, uint64_t flags)
{
	struct live *l = live_begin(cfg);

	kvm_stream_tables(&l->stream, flags);
	rings(l);
	return l;
}

static void live_end(struct live *l)
{
	l->r.ops->destroy(l->r.self);
	free(l);
}

static struct counters counters_of(struct live *l)
{
	struct counters c;
	bool have[COUNTER_COUNT];

	assert_int_equal(l->r.ops->counters(l->r.self, &c, have, &l->err), 0);
	assert_true(have[COUNTER_pf_taken] && have[COUNTER_mmu_cache_miss] &&
		    have[COUNTER_exits]);
	assert_false(have[COUNTER_loads]);
	return c;
}

static void host(struct live *l, struct host_op op)
{
	if (l->r.ops->host(l->r.self, &op, &l->err))
		fail_msg("%s", l->err.text);
}

static void load_all(struct live *l)
{
	for (unsigned i = 0; i < KVM_GUEST_PAGES; i++)
		kvm_stream_load(&l->stream, KVM_GUEST_DATA + i * PAGE);
}

static void batches_run(void **state)
{
	struct live *l = live_guest(&usual, LEAF | AD);
	struct counters a, b;

	(void)state;
	a = counters_of(l);
	load_all(l);
	rings(l);
	b = counters_of(l);
	assert_true(b.pf_taken > a.pf_taken);
	assert_true(b.mmio_exits > a.mmio_exits);
	assert_int_equal(kvm_replayer_times(&l->r).batches, 2);
	assert_true(kvm_replayer_times(&l->r).guest_ns > 0);
	live_end(l);
}

static void loads_come_from_the_frames_that_tables_name(void **state)
{
	struct live *l = live_guest(&usual, LEAF | AD);
	uint64_t gva[KVM_GUEST_PAGES], tag[KVM_GUEST_PAGES];
	struct place p;

	(void)state;
	kvm_stream_entry(&l->stream, 5, (KVM_GUEST_GPA + 1000 * PAGE) | LEAF | AD);
	rings(l);
	assert_int_equal(kvm_replayer_tag(&l->r, &l->err), 0);
	for (unsigned i = 0; i < KVM_GUEST_PAGES; i++)
		gva[i] = KVM_GUEST_DATA + i * PAGE + KVM_TAG_OFFSET;
	assert_int_equal(kvm_replayer_read(&l->r, gva, KVM_GUEST_PAGES, tag, &l->err), 0);
	for (unsigned i = 0; i < KVM_GUEST_PAGES; i++)
		assert_int_equal(tag[i], KVM_GUEST_GPA / PAGE + (i == 5 ? 1000 : i));
	assert_int_equal(l->r.ops->place(l->r.self, gva_make(gva[5]), &p, &l->err), 0);
	assert_true(p.mapped);
	assert_int_equal(p.gpa.v, KVM_GUEST_GPA + 1000 * PAGE + KVM_TAG_OFFSET);
	assert_int_equal(p.offset, p.gpa.v);
	live_end(l);
}

/* More than one batch of results. */
static void reads_are_cut_into_batches(void **state)
{
	enum { N = 5000 };
	struct live *l = live_guest(&usual, LEAF | AD);
	uint64_t *gva = calloc(N, 8), *tag = calloc(N, 8);

	(void)state;
	assert_true(gva && tag);
	assert_int_equal(kvm_replayer_tag(&l->r, &l->err), 0);
	for (unsigned i = 0; i < N; i++)
		gva[i] = KVM_GUEST_DATA + i % KVM_GUEST_PAGES * PAGE + KVM_TAG_OFFSET;
	assert_int_equal(kvm_replayer_read(&l->r, gva, N, tag, &l->err), 0);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(tag[i], KVM_GUEST_GPA / PAGE + i % KVM_GUEST_PAGES);
	free(gva);
	free(tag);
	live_end(l);
}

static void demand_faults(void **state)
{
	struct live *l = live_guest(&usual, 0);
	struct counters a = counters_of(l), b;

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		uint64_t gva = KVM_GUEST_DATA + i * PAGE;

		kvm_stream_event(
			&l->stream,
			(struct event){ .kind = EVENT_PF, .gva = gva, .value = i % 2 ? 6 : 4 });
		kvm_stream_entry(&l->stream, i, (KVM_GUEST_GPA + i * PAGE) | LEAF | AD);
		kvm_stream_store(&l->stream, gva);
	}
	rings(l);
	b = counters_of(l);
	assert_int_equal(b.pf_guest - a.pf_guest, 64);
	live_end(l);
}

static void write_protection_faults_and_invlpg(void **state)
{
	struct live *l = live_guest(&usual, (LEAF | AD) & ~PTE_W);

	(void)state;
	kvm_stream_load(&l->stream, KVM_GUEST_DATA);
	kvm_stream_event(&l->stream,
			 (struct event){ .kind = EVENT_PF, .gva = KVM_GUEST_DATA, .value = 7 });
	kvm_stream_entry(&l->stream, 0, KVM_GUEST_GPA | LEAF | AD);
	kvm_stream_event(&l->stream,
			 (struct event){ .kind = EVENT_INVLPG, .gva = KVM_GUEST_DATA });
	kvm_stream_store(&l->stream, KVM_GUEST_DATA);
	kvm_stream_event(&l->stream,
			 (struct event){ .kind = EVENT_CR3, .value = KVM_GUEST_ROOT });
	kvm_stream_store(&l->stream, KVM_GUEST_DATA);
	rings(l);
	live_end(l);
}

static void fails_at(struct live *l, const char *record, const char *why)
{
	assert_int_equal(ring(l), SIM_ESTATE);
	assert_string_equal(l->err.where, record);
	assert_non_null(strstr(l->err.text, why));
	live_end(l);
}

static void faults_that_the_stream_does_not_have_are_named(void **state)
{
	struct live *l = live_guest(&usual, 0);

	(void)state;
	kvm_stream_begin(&l->stream, 700);
	kvm_stream_event(&l->stream, (struct event){ .kind = EVENT_TAG });
	kvm_stream_load(&l->stream, KVM_GUEST_TABLE);
	kvm_stream_store(&l->stream, KVM_GUEST_DATA + 8);
	fails_at(l, "record 702", "page fault at 0x40000008 (error code 0x6)");
}

static void faults_that_do_not_come_are_named(void **state)
{
	struct live *l = live_guest(&usual, LEAF | AD);

	(void)state;
	kvm_stream_begin(&l->stream, 700);
	kvm_stream_event(&l->stream,
			 (struct event){ .kind = EVENT_PF, .gva = KVM_GUEST_DATA, .value = 4 });
	fails_at(l, "record 700", "faults at 0x40000000, but the guest did not");
}

static void wrong_error_codes_are_named(void **state)
{
	struct live *l = live_guest(&usual, 0);

	(void)state;
	kvm_stream_begin(&l->stream, 700);
	kvm_stream_event(&l->stream,
			 (struct event){ .kind = EVENT_PF, .gva = KVM_GUEST_DATA, .value = 7 });
	fails_at(l, "record 700", "the stream says 0x7");
}

/* CR3 beyond any processor's physical addresses. */
static void other_exceptions_are_named(void **state)
{
	struct live *l = live_guest(&usual, LEAF | AD);

	(void)state;
	kvm_stream_begin(&l->stream, 700);
	kvm_stream_event(&l->stream,
			 (struct event){ .kind = EVENT_CR3, .value = 0xffffc00000001000 });
	fails_at(l, "record 700", "exception 13");
}

static void a_guest_without_tables_is_named(void **state)
{
	struct live *l = live_begin(&usual);

	(void)state;
	assert_int_equal(ring(l), SIM_ESTATE);
	assert_non_null(strstr(l->err.text, "triple fault"));
	live_end(l);
}

/* Each load of a page with A clear costs a fault: far more than a millisecond together. */
static void deadlines_stop_the_guest(void **state)
{
	struct kvm_config hasty = usual;
	struct live *l = live_begin(&usual);

	(void)state;
	live_end(l);
	hasty.deadline_ms = 1;
	l = live_begin(&hasty);
	kvm_stream_tables(&l->stream, LEAF);
	for (unsigned i = 0; i < 3000; i++)
		kvm_stream_event(&l->stream,
				 (struct event){ .kind = EVENT_CR3, .value = KVM_GUEST_ROOT });
	assert_int_equal(ring(l), SIM_EINTR);
	assert_non_null(strstr(l->err.text, "more than 1 ms"));
	live_end(l);
}

static void discarded_pages_are_zero(void **state)
{
	struct live *l = live_guest(&usual, LEAF | AD);
	uint64_t gva = KVM_GUEST_DATA + 7 * PAGE + KVM_TAG_OFFSET, tag;

	(void)state;
	assert_int_equal(kvm_replayer_tag(&l->r, &l->err), 0);
	host(l, (struct host_op){
			.kind = HOST_OP_MOVE, .gpa = KVM_GUEST_GPA, .bytes = 16 * PAGE });
	assert_int_equal(kvm_replayer_read(&l->r, &gva, 1, &tag, &l->err), 0);
	assert_int_equal(tag, KVM_GUEST_GPA / PAGE + 7);
	host(l, (struct host_op){ .kind = HOST_OP_DISCARD,
				  .gpa = KVM_GUEST_GPA + 7 * PAGE,
				  .bytes = PAGE });
	assert_int_equal(kvm_replayer_read(&l->r, &gva, 1, &tag, &l->err), 0);
	assert_int_equal(tag, 0);
	live_end(l);
}

static void dirty_pages_are_counted(void **state)
{
	struct live *l = live_guest(&usual, LEAF | AD);
	uint64_t pages;

	(void)state;
	host(l, (struct host_op){ .kind = HOST_OP_LOG_ON });
	for (unsigned i = 0; i < 10; i++)
		kvm_stream_store(&l->stream, KVM_GUEST_DATA + i * 3 * PAGE);
	rings(l);
	host(l, (struct host_op){ .kind = HOST_OP_LOG_GET });
	assert_int_equal(l->r.ops->dirty(l->r.self, &pages, &l->err), 0);
	assert_int_equal(pages, 10);
	host(l, (struct host_op){ .kind = HOST_OP_LOG_GET });
	assert_int_equal(l->r.ops->dirty(l->r.self, &pages, &l->err), 0);
	assert_int_equal(pages, 0);
	host(l, (struct host_op){ .kind = HOST_OP_LOG_OFF });
	live_end(l);
}

/* A slot of its own, an alias of the first, a read-only one; devices read as 0. */
static void slots_come_and_go(void **state)
{
	enum { HIGH = 1 << 30, ALIAS = 1 << 29 };
	struct live *l = live_guest(&usual, LEAF | AD);
	uint64_t gva = KVM_GUEST_DATA + 9 * PAGE + KVM_TAG_OFFSET, tag;

	(void)state;
	assert_int_equal(kvm_replayer_tag(&l->r, &l->err), 0);
	host(l, (struct host_op){ .kind = HOST_OP_SLOT_ADD,
				  .gpa = ALIAS,
				  .bytes = 16 * PAGE,
				  .alias = KVM_GUEST_GPA });
	kvm_stream_entry(&l->stream, 9, (ALIAS + 3 * PAGE) | LEAF | AD);
	rings(l);
	assert_int_equal(kvm_replayer_read(&l->r, &gva, 1, &tag, &l->err), 0);
	assert_int_equal(tag, KVM_GUEST_GPA / PAGE + 3);
	host(l, (struct host_op){ .kind = HOST_OP_SLOT_DEL, .gpa = ALIAS });
	assert_int_equal(kvm_replayer_read(&l->r, &gva, 1, &tag, &l->err), 0);
	assert_int_equal(tag, 0);
	host(l, (struct host_op){ .kind = HOST_OP_SLOT_ADD,
				  .gpa = HIGH,
				  .bytes = 16 * PAGE,
				  .alias = HOST_OP_NO_ALIAS,
				  .read_only = true });
	kvm_stream_entry(&l->stream, 9, HIGH | LEAF | AD);
	kvm_stream_event(&l->stream, (struct event){ .kind = EVENT_INVLPG, .gva = gva });
	kvm_stream_store(&l->stream, gva);
	kvm_stream_load(&l->stream, gva);
	rings(l);
	host(l, (struct host_op){ .kind = HOST_OP_SLOT_DEL, .gpa = HIGH });
	live_end(l);
}

static void the_quota_is_kept(void **state)
{
	struct kvm_config tight = usual;
	struct live *l;

	(void)state;
	tight.shadow_quota = 128;
	l = live_guest(&tight, LEAF | AD);
	host(l, (struct host_op){ .kind = HOST_OP_QUOTA, .n = 64 });
	load_all(l);
	rings(l);
	live_end(l);
}

static void memory_comes_in_the_page_size_asked_for(void **state)
{
	struct kvm_config huge = usual;
	struct live *l;
	struct counters c;

	(void)state;
	huge.host.page_level = LEVEL_2M;
	l = live_guest(&huge, LEAF | AD);
	load_all(l);
	rings(l);
	c = counters_of(l);
	assert_true(c.pf_taken > 0);
	live_end(l);
}

static void a_device_that_is_not_there_is_named(void **state)
{
	struct kvm_config cfg = usual;
	struct sim_error err = { 0 };
	struct trace_meta meta;
	struct replayer r;

	(void)state;
	kvm_guest_meta(&meta);
	cfg.device = "/dev/no-kvm";
	assert_int_equal(kvm_replayer_create(&r, &cfg, &meta, &err), SIM_EUNSUP);
	assert_string_equal(err.where, "/dev/no-kvm");
	assert_non_null(strstr(err.text, "load the module"));
	err = (struct sim_error){ 0 };
	cfg.device = "/dev/null";
	assert_int_equal(kvm_replayer_create(&r, &cfg, &meta, &err), SIM_EUNSUP);
	assert_non_null(strstr(err.text, "API version"));
}

static void too_much_memory_is_refused(void **state)
{
	const struct board_options options = { .type = BOARD_PC,
					       .ram_size = (uint64_t)1 << 39 };
	struct kvm_config board = usual;
	struct sim_error err = { 0 };
	struct trace_meta meta;
	struct replayer r;
	struct live *l = live_begin(&usual);

	(void)state;
	live_end(l);
	kvm_guest_meta(&meta);
	meta.ram[0].bytes = (uint64_t)1 << 39;
	assert_int_equal(kvm_replayer_create(&r, &usual, &meta, &err), SIM_ENOMEM);
	assert_non_null(strstr(err.text, "MiB of memory"));
	board.memory.options = &options;
	kvm_guest_meta(&meta);
	assert_int_equal(kvm_replayer_create(&r, &board, &meta, &err), SIM_ENOMEM);
	assert_non_null(strstr(err.text, "MiB of memory"));
}

/* The program's code page leads to no memory. */
static void a_guest_that_kvm_gives_up_is_named(void **state)
{
	struct live *l = live_begin(&usual);

	(void)state;
	kvm_stream_tables(&l->stream, LEAF | AD);
	l->stream.word[PAYLOAD_CODE] = (PAYLOAD_DOORBELL_GPA + PAGE) | LEAF | AD;
	assert_int_equal(ring(l), SIM_EIO);
	assert_non_null(strstr(l->err.text, "internal error"));
	live_end(l);
}

static void permission_is_asked_for(void **state)
{
	struct sim_error err = { 0 };
	struct vmm v;
	char path[] = "/tmp/shadownest-XXXXXX";
	int fd = mkstemp(path), status;
	pid_t child;

	(void)state;
	assert_true(fd >= 0 && !fchmod(fd, 0) && !close(fd));
	child = fork();
	if (!child) {
		if (!geteuid() && setuid(65534))
			_exit(2);
		_exit(vmm_open(&v, path, &err) != SIM_EIO || !strstr(err.text, "group kvm"));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(remove(path), 0);
}

/* The replayer's parts, and memory that is gone. */
static void memory_that_is_not_mapped_is_named(void **state)
{
	struct live *l = live_begin(&usual); /* KVM works */
	struct guest_memory m;
	struct trace_meta meta;
	struct vmm v;
	uint64_t value;

	(void)state;
	kvm_guest_meta(&meta);
	kvm_stream_tables(&l->stream, LEAF | AD);
	assert_int_equal(vmm_open(&v, usual.device, &l->err), 0);
	assert_int_equal(
		guest_memory_create(&m, v.vm, &usual.host, &usual.memory, &meta, &l->err), 0);
	assert_int_equal(board_slots(m.board)->max,
			 ioctl(v.vm, KVM_CHECK_EXTENSION, KVM_CAP_NR_MEMSLOTS));
	cpu_state_fill(guest_memory_at(&m, PAYLOAD_GPA, PAGE));
	for (unsigned i = 0; i < l->stream.batch.n_event; i++)
		memcpy(guest_memory_at(&m, l->stream.event[i].gpa, PAGE),
		       l->stream.word + l->stream.event[i].words, PAGE);
	assert_int_equal(vmm_add_vcpu(&v, SIGUSR1, &l->err), 0);
	assert_int_equal(cpu_state_set(v.vcpu, &meta.regs, &l->err), 0);
	assert_int_equal(munmap(guest_memory_at(&m, payload_gpa(PAYLOAD_RECORDS), PAGE), PAGE),
			 0);
	assert_int_equal(vmm_run(&v, PAYLOAD_DOORBELL_GPA, &value, &l->err), SIM_EIO);
	assert_non_null(strstr(l->err.text, "not mapped"));
	assert_non_null(strstr(l->err.text, "file system is full"));
	vmm_close(&v);
	guest_memory_destroy(&m);
	live_end(l);
}

/* Either there are such pages, or it is said what to do. */
static void giant_pages_are_asked_for(void **state)
{
	struct kvm_config giant = usual;
	struct sim_error err = { 0 };
	struct trace_meta meta;
	struct live *l = live_begin(&usual);
	struct replayer r;

	(void)state;
	live_end(l);
	kvm_guest_meta(&meta);
	giant.host.page_level = LEVEL_1G;
	if (!kvm_replayer_create(&r, &giant, &meta, &err)) {
		r.ops->destroy(r.self);
		return;
	}
	assert_int_equal(err.code, SIM_EUNSUP);
	assert_non_null(strstr(err.text, "hugepagesz=1G"));
}

static void count_alarm(int signal)
{
	(void)signal;
}

/* Somebody else's timer: the guest goes on. */
static void other_signals_do_not_stop_the_guest(void **state)
{
	const struct sigaction count = { .sa_handler = count_alarm };
	const struct itimerval often = { { 0, 500 }, { 0, 500 } }, off = { { 0, 0 }, { 0, 0 } };
	struct live *l = live_guest(&usual, LEAF);
	struct sigaction before;

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &count, &before), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	for (unsigned i = 0; i < 3; i++) {
		load_all(l);
		kvm_stream_event(&l->stream,
				 (struct event){ .kind = EVENT_CR3, .value = KVM_GUEST_ROOT });
	}
	rings(l);
	assert_int_equal(setitimer(ITIMER_REAL, &off, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
	live_end(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accesses_become_words),
		cmocka_unit_test(events_become_words),
		cmocka_unit_test(ordered_accesses_have_operations_of_their_own),
		cmocka_unit_test(payload_and_host_need_no_words),
		cmocka_unit_test(what_is_not_normalised_is_refused),
		cmocka_unit_test(words_that_do_not_fit_are_refused),
		cmocka_unit_test(a_device_that_is_not_there_is_named),
		cmocka_unit_test(batches_run),
		cmocka_unit_test(loads_come_from_the_frames_that_tables_name),
		cmocka_unit_test(reads_are_cut_into_batches),
		cmocka_unit_test(demand_faults),
		cmocka_unit_test(write_protection_faults_and_invlpg),
		cmocka_unit_test(faults_that_the_stream_does_not_have_are_named),
		cmocka_unit_test(faults_that_do_not_come_are_named),
		cmocka_unit_test(wrong_error_codes_are_named),
		cmocka_unit_test(other_exceptions_are_named),
		cmocka_unit_test(a_guest_without_tables_is_named),
		cmocka_unit_test(deadlines_stop_the_guest),
		cmocka_unit_test(discarded_pages_are_zero),
		cmocka_unit_test(dirty_pages_are_counted),
		cmocka_unit_test(slots_come_and_go),
		cmocka_unit_test(the_quota_is_kept),
		cmocka_unit_test(memory_comes_in_the_page_size_asked_for),
		cmocka_unit_test(too_much_memory_is_refused),
		cmocka_unit_test(a_guest_that_kvm_gives_up_is_named),
		cmocka_unit_test(permission_is_asked_for),
		cmocka_unit_test(memory_that_is_not_mapped_is_named),
		cmocka_unit_test(giant_pages_are_asked_for),
		cmocka_unit_test(other_signals_do_not_stop_the_guest),
	};

	return cmocka_run_group_tests_name("kvm", tests, NULL, NULL);
}
