/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_smp.c - -smp: how many CPUs, by the rules of QEMU's machine_parse_smp_config() */
#include "mem/board_parse.h"

#define PREFERS_SOCKETS 601 /* versions up to this one fill sockets before cores */
#define X2APIC_CPUS	255

struct topology {
	int64_t cpus, sockets, dies, clusters, cores, threads, maxcpus;
};

#define ROW(n, m)                                                                              \
	{                                                                                      \
		.name = (n), .kind = BOARD_INTEGER, .offset = offsetof(struct topology, m),    \
		.min = INT64_MIN, .max = INT64_MAX                                             \
	}

static const struct board_property properties[] = {
	ROW("cpus", cpus),	   ROW("sockets", sockets), ROW("dies", dies),
	ROW("clusters", clusters), ROW("cores", cores),	    ROW("threads", threads),
	ROW("maxcpus", maxcpus),   { .name = NULL },
};

static uint64_t or_one(uint64_t v)
{
	return v ? v : 1;
}

/* n shared out among groups; 0 when there are more groups than that. */
static uint64_t share(uint64_t n, uint64_t groups)
{
	return groups ? n / groups : 0;
}

struct counts {
	uint64_t cpus, sockets, dies, cores, threads, max;
};

static void fill_sockets_first(struct counts *c)
{
	if (!c->sockets) {
		c->cores = or_one(c->cores);
		c->threads = or_one(c->threads);
		c->sockets = share(c->max, c->dies * c->cores * c->threads);
	} else if (!c->cores) {
		c->threads = or_one(c->threads);
		c->cores = share(c->max, c->sockets * c->dies * c->threads);
	}
}

static void fill_cores_first(struct counts *c)
{
	if (!c->cores) {
		c->sockets = or_one(c->sockets);
		c->threads = or_one(c->threads);
		c->cores = share(c->max, c->sockets * c->dies * c->threads);
	} else if (!c->sockets) {
		c->threads = or_one(c->threads);
		c->sockets = share(c->max, c->dies * c->cores * c->threads);
	}
}

static void fill(struct counts *c, unsigned version)
{
	c->dies = or_one(c->dies);
	if (!c->cpus && !c->max) {
		c->sockets = or_one(c->sockets);
		c->cores = or_one(c->cores);
		c->threads = or_one(c->threads);
	} else {
		c->max = c->max ? c->max : c->cpus;
		if (version <= PREFERS_SOCKETS)
			fill_sockets_first(c);
		else
			fill_cores_first(c);
		if (!c->threads)
			c->threads = share(c->max, c->sockets * c->dies * c->cores);
	}
}

static uint64_t product(const struct counts *c)
{
	return c->sockets * c->dies * c->cores * c->threads;
}

/* No part is that large in any topology that is accepted, and products stay small. */
static bool is_huge(const struct counts *c)
{
	uint64_t limit = 4 * BOARD_CPUS_MAX;

	return c->cpus > limit || c->sockets > limit || c->dies > limit || c->cores > limit ||
	       c->threads > limit || c->max > limit;
}

static unsigned cpus_limit(const struct board_options *o)
{
	bool is_old = board_parse_version(o->machine_name) <= 207;

	return o->type == BOARD_Q35 && !is_old ? BOARD_CPUS_MAX : 255;
}

static int check(const struct board_parse *p, const struct counts *c, struct sim_error *err)
{
	const struct board_words *w = &p->smp;
	unsigned limit = cpus_limit(p->o);

	if (product(c) != c->max)
		return board_words_fail(
			w, NULL, SIM_EFORMAT, err,
			"invalid CPU topology: sockets (%u) * dies (%u) * cores (%u) * threads (%u) must be maxcpus (%u)",
			(unsigned)c->sockets, (unsigned)c->dies, (unsigned)c->cores,
			(unsigned)c->threads, (unsigned)c->max);
	if (c->max < c->cpus)
		return board_words_fail(
			w, NULL, SIM_EFORMAT, err,
			"invalid CPU topology: maxcpus (%u) must be at least cpus (%u)",
			(unsigned)c->max, (unsigned)c->cpus);
	if (c->max > limit)
		return board_words_fail(w, NULL, SIM_ERANGE, err,
					"%u CPUs are too many; the machine %s has at most %u",
					(unsigned)c->max, p->o->machine_name, limit);
	if (c->max > X2APIC_CPUS && !p->o->is_kvm)
		return board_words_fail(
			w, NULL, SIM_ERANGE, err,
			"%u CPUs need KVM's X2APIC; right is -accel kvm, or at most %u",
			(unsigned)c->max, X2APIC_CPUS);
	return 0;
}

int board_parse_smp(struct board_parse *p, struct sim_error *err)
{
	struct topology t = { 0 };
	struct counts c;
	int rc = board_property_apply(properties, 0, &t, &p->smp, NULL, err);

	if (rc)
		return rc;
	/* QEMU cuts to 32 bits, without a word */
	c = (struct counts){ (uint32_t)t.cpus,	(uint32_t)t.sockets, (uint32_t)t.dies,
			     (uint32_t)t.cores, (uint32_t)t.threads, (uint32_t)t.maxcpus };
	if ((uint32_t)t.clusters > 1)
		return board_words_fail(
			&p->smp, "clusters", SIM_EFORMAT, err,
			"clusters are not supported by this machine; right is clusters=1");
	if (is_huge(&c))
		return board_words_fail(&p->smp, NULL, SIM_ERANGE, err,
					"too many CPUs; the machine %s has at most %u",
					p->o->machine_name, cpus_limit(p->o));
	fill(&c, board_parse_version(p->o->machine_name));
	c.max = c.max ? c.max : product(&c);
	c.cpus = c.cpus ? c.cpus : c.max;
	rc = check(p, &c, err);
	p->o->n_cpus = (unsigned)c.cpus;
	p->o->max_cpus = (unsigned)c.max;
	return rc;
}
