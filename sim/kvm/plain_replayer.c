/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/plain_replayer.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "mem/backing_map.h"
#include "kvm/payload_code.h"
#include "kvm/thread_time.h"

#define RETURN_INSTRUCTION 0xc3
#define ADDRESS_MASK	   (((uint64_t)1 << 48) - 1)

struct plain {
	struct plain_config cfg;
	struct backing memory;
	uint8_t *code; /* a copy of the program, one page */
	struct encoder encoder;
	uint64_t word[PAYLOAD_WORDS];
	uint64_t ns;
};

/* The end of a list, a doorbell in the guest, returns here. */
static int copy_program(struct plain *p, struct sim_error *err)
{
	size_t n = (size_t)(kvm_payload_code_end - kvm_payload_code);
	void *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (page == MAP_FAILED)
		return sim_fail_nomem(err);
	p->code = page;
	memcpy(p->code, kvm_payload_code, n);
	p->code[PAYLOAD_OP_END * PAYLOAD_OP_BYTES] = RETURN_INSTRUCTION;
	if (mprotect(page, PAGE_BYTES, PROT_READ | PROT_EXEC))
		return sim_fail(err, SIM_EIO, "", "this system lets no process make code");
	return 0;
}

/* Enters the program behind the load of a word that is of no concern. */
static void run_words(const struct plain *p)
{
	const uint64_t *next = p->word;
	const void *address = &p->word[0],
		   *entry = p->code + PAYLOAD_OP_LOAD_8 * PAYLOAD_OP_BYTES;
	register const uint64_t *first __asm__("r8") = p->word;
	register uint64_t chain __asm__("r10") = 0;
	register uint64_t round __asm__("r11") = 0;

	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "call *%[entry]\n\t"
			 "lea 128(%%rsp), %%rsp"
			 : "+S"(next), "+D"(address), "+r"(chain), "+r"(round)
			 : [entry] "r"(entry), "b"(p->code), "r"(first)
			 : "rax", "memory", "cc");
}

static void run_list(struct plain *p)
{
	uint64_t before;

	encode_end(&p->encoder);
	before = thread_time_ns();
	run_words(p);
	p->ns += thread_time_ns() - before;
}

/* The last word's address is the guest's: the memory lies elsewhere here. */
static int relocate(struct plain *p, uint64_t gva, struct sim_error *err)
{
	uint64_t *word = &p->word[p->encoder.n - 1];
	uint64_t at = p->memory.hva.v + (gva - p->cfg.gva);

	if (gva - p->cfg.gva >= p->cfg.bytes)
		return sim_fail(err, SIM_ESTATE, "",
				"0x%" PRIx64 " lies outside the memory of the plain process",
				gva);
	*word = (*word & ~ADDRESS_MASK) | at;
	return 0;
}

static int run(void *self, const struct batch *b, struct sim_error *err)
{
	struct plain *p = self;
	int rc = 0;

	for (uint32_t i = 0; i < b->n && rc >= 0; i++) {
		uint32_t n = p->encoder.n;

		if ((b->op[i] & OP_KIND) == OP_EVENT)
			continue;
		rc = encode_op(&p->encoder, b, i, err);
		if (rc >= 0 && p->encoder.n > n)
			rc = relocate(p, b->gva[i], err);
		if (rc == ENCODE_RUN)
			run_list(p);
	}
	return rc < 0 ? rc : 0;
}

static int counters(void *self, struct counters *c, bool have[COUNTER_COUNT],
		    struct sim_error *err)
{
	(void)self;
	(void)err;
	*c = (struct counters){ 0 };
	memset(have, 0, COUNTER_COUNT * sizeof(*have));
	return 0;
}

static int host(void *self, const struct host_op *op, struct sim_error *err)
{
	(void)self;
	(void)op;
	return sim_fail(err, SIM_EUNSUP, "", "a plain process has no host that acts");
}

static int place(void *self, gva_t gva, struct place *pl, struct sim_error *err)
{
	(void)self;
	(void)gva;
	*pl = (struct place){ 0 };
	return sim_fail(err, SIM_EUNSUP, "", "a plain process has one address for a page");
}

static int dirty(void *self, uint64_t *pages, struct sim_error *err)
{
	(void)self;
	*pages = 0;
	return sim_fail(err, SIM_EUNSUP, "", "a plain process keeps no log");
}

static void destroy(void *self)
{
	struct plain *p = self;

	if (p->code)
		munmap(p->code, PAGE_BYTES);
	backing_map_release(&p->memory);
	sim_free(p);
}

int plain_replayer_create(struct replayer *r, const struct plain_config *cfg,
			  struct sim_error *err)
{
	static const struct replayer_ops ops = {
		.run = run,
		.host = host,
		.counters = counters,
		.place = place,
		.dirty = dirty,
		.destroy = destroy,
	};
	const struct backing_config backing = { .kind = BACKING_ANONYMOUS,
						.like = gpa_make(cfg->gva),
						.has_prealloc = true,
						.prealloc_threads = 1,
						.has_dump = true,
						.has_reserve = true,
						.page_level = cfg->page_level };
	struct plain *p = sim_calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return sim_fail_nomem(err);
	p->cfg = *cfg;
	encode_init(&p->encoder, p->word);
	p->encoder.style = cfg->style;
	rc = backing_map_alloc(&p->memory, &backing, cfg->bytes, err);
	if (!rc)
		rc = copy_program(p, err);
	if (rc) {
		destroy(p);
		return rc;
	}
	*r = (struct replayer){ &ops, p };
	return 0;
}

uint64_t plain_replayer_ns(const struct replayer *r)
{
	return ((const struct plain *)r->self)->ns;
}
