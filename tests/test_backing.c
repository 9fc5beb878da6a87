/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory backends for real: what the kernel says of each mapping, what a second mapping of a file sees, every refusal. */
#include "config.h"

#include "tests/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE_LIBNUMA
#include <numaif.h>
#endif

#include "mem/backing_map.h"
#include "mem/host_backing.h"
#include "mem/ramblock.h"
#include "tests/backing_folder.h"

static struct backing make(const struct backing_config *cfg, uint64_t bytes)
{
	struct sim_error err = { 0 };
	struct backing b = { 0 };

	if (backing_map_alloc(&b, cfg, bytes, &err))
		print_error("%s\n", err.text);
	assert_int_not_equal(b.hva.v, 0);
	return b;
}

/* --- what the kernel says --- */

/* The value of "key:" in the account of the area that holds an address: its text, without the newline. */
static bool smaps(const void *at, const char *key, char *value, size_t size)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	uint64_t first, end;
	bool here = false, found = false;
	char line[512];

	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &first, &end) == 2)
			here = (uintptr_t)at >= first && (uintptr_t)at < end;
		found = here && !strncmp(line, key, strlen(key));
	}
	fclose(f);
	line[strcspn(line, "\n")] = 0;
	snprintf(value, size, "%s", found ? line + strlen(key) : "");
	return found;
}

static bool has_flag(const struct backing *b, const char *flag)
{
	char flags[512], word[8];

	if (!smaps(backing_map_bytes(b), "VmFlags:", flags, sizeof(flags)))
		skip();
	snprintf(word, sizeof(word), " %s", flag);
	return strstr(flags, word);
}

/* Whether the kernel lets another thread of control read (or write) a byte there. */
static bool is_readable(const uint8_t *at)
{
	int p[2];
	bool ok;

	assert_int_equal(pipe(p), 0);
	ok = write(p[1], at, 1) == 1;
	close(p[0]);
	close(p[1]);
	return ok;
}

static bool is_writable(uint8_t *at)
{
	int p[2];
	bool ok;

	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "x", 1), 1);
	ok = read(p[0], at, 1) == 1;
	close(p[0]);
	close(p[1]);
	return ok;
}

static uint64_t resident(const struct backing *b)
{
	uint64_t n = 0, pages = b->bytes / PAGE_BYTES;
	unsigned char *in = calloc(pages, 1);

	assert_non_null(in);
	assert_int_equal(mincore(backing_map_bytes(b), b->bytes, in), 0);
	for (uint64_t i = 0; i < pages; i++)
		n += in[i] & 1;
	free(in);
	return n;
}

/* --- each backend --- */

static void anonymous(void **unused)
{
	struct backing_config c = defaults(BACKING_ANONYMOUS);
	struct backing b;
	uint8_t *p;

	(void)unused;
	c.like = gpa_make(5 * GIB + 0x7000);
	b = make(&c, 3 * MIB + 1);
	p = backing_map_bytes(&b);
	assert_int_equal(b.hva.v % GIB, (5 * GIB + 0x7000) % GIB);
	assert_int_equal(b.bytes, 3 * MIB + PAGE_BYTES);
	assert_int_equal(b.page_size, PAGE_BYTES);
	assert_int_equal(backing_map_fd(&b), -1);
	for (uint64_t i = 0; i < b.bytes; i += 999)
		assert_int_equal(p[i], 0);
	memset(p, 0x5a, b.bytes);
	assert_false(is_readable(p - 1)); /* guards: a large page reaches nothing else */
	assert_false(is_readable(p - 0x7000));
	assert_false(is_readable(p + b.bytes));
	assert_false(is_readable(p + GIB - 1));
	backing_map_release(&b);
	assert_null(b.private);
	assert_false(is_readable(p));
}

/* What is written to a backing, and whether its file has it. */
static bool file_sees(const struct backing *b, int fd, uint64_t offset)
{
	const uint8_t *second =
		mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, (off_t)offset);
	bool sees;

	assert_ptr_not_equal(second, MAP_FAILED);
	memcpy(backing_map_bytes(b) + 100, "a guest's words", 16);
	sees = !memcmp(second + 100, "a guest's words", 16);
	munmap((void *)(uintptr_t)second, PAGE_BYTES);
	return sees;
}

static void file(void **unused)
{
	struct backing_config c = defaults(BACKING_FILE);
	struct backing b = make(&c, 1000); /* made, and rounded up */

	(void)unused;
	assert_int_equal(size_of("file"), PAGE_BYTES);
	assert_int_equal(b.bytes, PAGE_BYTES);
	assert_false(file_sees(&b, backing_map_fd(&b), 0)); /* private by default */
	backing_map_release(&b);
	unlink("file");
	write_file("file", 4 * MIB);
	c.is_shared = true;
	b = make(&c, MIB); /* a larger one is not cut */
	assert_int_equal(size_of("file"), 4 * MIB);
	assert_memory_equal(backing_map_bytes(&b), "was here", 8);
	assert_true(file_sees(&b, backing_map_fd(&b), 0));
	backing_map_release(&b);
	c.offset = 2 * MIB;
	b = make(&c, MIB);
	assert_int_equal(backing_map_bytes(&b)[0], 0);
	assert_true(file_sees(&b, backing_map_fd(&b), 2 * MIB));
	backing_map_release(&b);
	unlink("file");
	write_file("file", 0);
	c.offset = MIB;
	b = make(&c, MIB); /* an empty one grows */
	assert_int_equal(size_of("file"), 2 * MIB);
	backing_map_release(&b);
	assert_int_equal(size_of("file"), 2 * MIB); /* it stays */
	unlink("file");
}

static void in_folder(void **unused)
{
	struct backing_config c = defaults(BACKING_FILE);
	struct backing a, b;

	(void)unused;
	c.mem_path = ".";
	c.is_shared = true;
	a = make(&c, MIB);
	b = make(&c, MIB);
	assert_int_equal(files_here(), 0);
	assert_true(file_sees(&a, backing_map_fd(&a), 0));
	assert_int_equal(backing_map_bytes(&b)[100], 0); /* each has its own */
	backing_map_release(&a);
	backing_map_release(&b);
}

static void aligned(void **unused)
{
	struct backing_config c = defaults(BACKING_FILE);
	struct backing b;

	(void)unused;
	c.mem_path = ".";
	c.like = gpa_make(3 * MIB + PAGE_BYTES);
	b = make(&c, MIB);
	assert_int_equal(b.hva.v % GIB, 3 * MIB + PAGE_BYTES);
	backing_map_release(&b);
	c.align = 2 * MIB;
	b = make(&c, MIB);
	assert_int_equal(b.hva.v % GIB, 2 * MIB);
	backing_map_release(&b);
	c.align = 4 * GIB;
	b = make(&c, MIB);
	assert_int_equal(b.hva.v % (4 * GIB), 0);
	backing_map_release(&b);
}

static void read_only(void **unused)
{
	struct backing_config c = defaults(BACKING_FILE);
	struct backing b;

	(void)unused;
	write_file("file", MIB);
	assert_int_equal(chmod("file", 0444), 0);
	c.is_readonly = true;
	for (unsigned shared = 0; shared < 2; shared++) {
		c.is_shared = shared;
		b = make(&c, MIB);
		assert_memory_equal(backing_map_bytes(&b), "was here", 8);
		assert_false(is_writable(backing_map_bytes(&b)));
		backing_map_release(&b);
	}
	c.is_readonly = false;
	chmod("file", 0644);
	b = make(&c, MIB);
	assert_true(is_writable(backing_map_bytes(&b)));
	backing_map_release(&b);
	unlink("file");
}

static void discard_data(void **unused)
{
	struct backing_config c = defaults(BACKING_FILE);
	struct backing b;

	(void)unused;
	c.is_shared = true;
	for (unsigned discard = 0; discard < 2; discard++) {
		int fd;
		char byte;

		c.discard_data = discard;
		b = make(&c, MIB);
		memset(backing_map_bytes(&b), 'd', MIB);
		backing_map_release(&b);
		fd = open("file", O_RDONLY);
		assert_int_equal(pread(fd, &byte, 1, 5000), 1);
		assert_int_equal(byte, discard ? 0 : 'd');
		close(fd);
		unlink("file");
	}
}

static void memfd(void **unused)
{
	struct backing_config c = defaults(BACKING_MEMFD);
	struct backing b = make(&c, MIB);

	(void)unused;
	assert_true(file_sees(&b, backing_map_fd(&b), 0)); /* shared and sealed by default */
	assert_int_equal(ftruncate(backing_map_fd(&b), 2 << 20), -1);
	assert_int_equal(ftruncate(backing_map_fd(&b), 4096), -1);
	backing_map_release(&b);
	c.is_shared = c.has_seal = false;
	c.hugetlbsize = 2 * MIB; /* nobody asks for hugetlb: QEMU does not mind */
	b = make(&c, MIB);
	assert_false(file_sees(&b, backing_map_fd(&b), 0));
	assert_int_equal(ftruncate(backing_map_fd(&b), 2 << 20), 0);
	assert_int_equal(b.page_size, PAGE_BYTES);
	backing_map_release(&b);
}

/* --- advice, population, policy --- */

static void advice(void **unused)
{
	struct backing_config c = defaults(BACKING_ANONYMOUS);
	struct backing b = make(&c, 4 * MIB);

	(void)unused;
	assert_true(has_flag(&b, "hg") && has_flag(&b, "mg"));
	assert_false(has_flag(&b, "nh") || has_flag(&b, "dd") || has_flag(&b, "nr") ||
		     has_flag(&b, "sh"));
	backing_map_release(&b);
	c.has_merge = c.has_dump = c.has_reserve = false;
	c.is_shared = true;
	c.page_level = LEVEL_4K;
	b = make(&c, 4 * MIB);
	assert_true(has_flag(&b, "nh") && has_flag(&b, "dd") && has_flag(&b, "nr") &&
		    has_flag(&b, "sh"));
	assert_false(has_flag(&b, "hg") || has_flag(&b, "mg"));
	backing_map_release(&b);
}

static void prealloc(void **unused)
{
	static const enum backing_kind kinds[] = { BACKING_ANONYMOUS, BACKING_FILE,
						   BACKING_MEMFD };

	(void)unused;
	for (unsigned i = 0; i < 6; i++) {
		struct backing_config c = defaults(kinds[i / 2]);
		struct backing b;

		c.mem_path = ".";
		c.is_shared = i % 2;
		b = make(&c, 3 * MIB);
		assert_int_equal(resident(&b), 0);
		backing_map_release(&b);
		c.has_prealloc = true;
		b = make(&c, 3 * MIB);
		assert_int_equal(resident(&b), 3 * MIB / PAGE_BYTES);
		backing_map_release(&b);
	}
}

/* How many huge pages come when nobody insists. */
static uint64_t unasked_huge_bytes(const struct backing_config *cfg)
{
	struct backing_config c = *cfg;
	struct backing b;
	uint64_t bytes;

	c.page_level = 0;
	b = make(&c, 8 * MIB);
	bytes = backing_map_huge_bytes(backing_map_bytes(&b), b.bytes);
	backing_map_release(&b);
	return bytes;
}

static void huge_pages(void **unused)
{
	struct backing_config c = defaults(BACKING_ANONYMOUS);
	struct sim_error err = { 0 };
	struct backing b = { 0 };

	(void)unused;
	c.has_prealloc = true;
	c.page_level = LEVEL_4K;
	c.like = gpa_make(MIB);
	b = make(&c, 8 * MIB);
	assert_int_equal(backing_map_huge_bytes(backing_map_bytes(&b), b.bytes), 0);
	backing_map_release(&b);
	c.page_level = LEVEL_2M;
	if (backing_map_alloc(&b, &c, 8 * MIB, &err)) {
		assert_int_equal(err.code, SIM_EUNSUP);
		assert_true(unasked_huge_bytes(&c) < 6 * MIB);
		print_message("# %s\n", err.text);
		skip();
	}
	assert_int_equal(backing_map_huge_bytes(backing_map_bytes(&b), b.bytes), 6 * MIB);
	backing_map_release(&b);
}

/* hugetlbfs where the administrator has set pages aside. */
static void hugetlb(void **unused)
{
	struct backing_config c = defaults(BACKING_MEMFD);
	struct sim_error err = { 0 };
	struct backing b = { 0 };
	char value[64];

	(void)unused;
	c.has_hugetlb = true;
	c.hugetlbsize = 2 * MIB;
	c.like = gpa_make(3 * MIB);
	refused(&c, 3 * MIB, SIM_EIO, "its pages have 0x200000");
	if (backing_map_alloc(&b, &c, 4 * MIB, &err)) {
		assert_non_null(strstr(err.text, "huge pages"));
		print_message("# %s\n", err.text);
		skip();
	}
	assert_int_equal(b.page_size, 2 * MIB);
	assert_int_equal(b.hva.v % GIB, 2 * MIB);
	assert_true(file_sees(&b, backing_map_fd(&b), 0));
	assert_true(smaps(backing_map_bytes(&b), "KernelPageSize:", value, sizeof(value)));
	assert_int_equal(strtoul(value, NULL, 10), 2048);
	backing_map_release(&b);
	c.has_prealloc = true;
	c.is_shared = false;
	b = make(&c, 4 * MIB);
	assert_int_equal(resident(&b), 4 * MIB / PAGE_BYTES);
	backing_map_release(&b);
}

static void giant(void **unused)
{
	struct backing_config c = defaults(BACKING_ANONYMOUS);
	struct sim_error err = { 0 };
	struct backing b = { 0 };

	(void)unused;
	c.page_level = LEVEL_1G;
	c.like = gpa_make(5 * PAGE_BYTES);
	if (backing_map_alloc(&b, &c, MIB, &err)) {
		assert_int_equal(err.code, SIM_EUNSUP);
		assert_non_null(strstr(err.text, "needs 1 free huge pages of 1 GiB"));
		print_message("# %s\n", err.text);
		skip();
	}
	assert_int_equal(b.hva.v % GIB, 5 * PAGE_BYTES);
	assert_int_equal(b.page_size, GIB);
	backing_map_release(&b);
}

static void set_node(struct backing_config *c, unsigned node)
{
	memset(c->host_nodes, 0, sizeof(c->host_nodes));
	c->host_nodes[node / 8] = (uint8_t)(1u << node % 8);
}

static void policy(void **unused)
{
	struct backing_config c = defaults(BACKING_ANONYMOUS);

	(void)unused;
	c.policy = NUMA_BIND;
	refused(&c, MIB, SIM_ERANGE, "host-nodes must be set for policy bind");
	set_node(&c, 0);
#ifdef HAVE_LIBNUMA
	static const int expected[] = { MPOL_DEFAULT, MPOL_PREFERRED, MPOL_BIND,
					MPOL_INTERLEAVE };

	for (unsigned p = NUMA_PREFERRED; p <= NUMA_INTERLEAVE; p++) {
		unsigned long nodes[17] = { 0 };
		struct backing b;
		int mode;

		c.policy = (enum numa_policy)p;
		c.has_prealloc = true;
		b = make(&c, MIB);
		assert_int_equal(
			get_mempolicy(&mode, nodes, 1024, backing_map_bytes(&b), MPOL_F_ADDR),
			0);
		assert_int_equal(mode, expected[p]);
		assert_int_equal(nodes[0], 1);
		backing_map_release(&b);
	}
	for (unsigned node = 100; node < BACKING_NODES_MAX; node += 27) {
		c.policy = NUMA_BIND;
		set_node(&c, node);
		refused(&c, MIB, SIM_EIO, "cannot bind memory to host NUMA nodes: Invalid");
	}
#else
	refused(&c, MIB, SIM_EUNSUP, "without libnuma");
#endif
	c.policy = NUMA_DEFAULT;
	refused(&c, MIB, SIM_ERANGE, "host-nodes must be empty for policy default");
}

/* --- refusals: no file is left behind --- */

static void no_such_file(void **unused)
{
	struct backing_config c = defaults(BACKING_FILE);

	(void)unused;
	c.mem_path = "nowhere/file";
	refused(&c, MIB, SIM_EIO, "nowhere/file for guest memory: No such file or directory");
	c.mem_path = NULL;
	refused(&c, MIB, SIM_ERANGE, "needs mem-path");
	c.mem_path = "/dev/null";
	refused(&c, MIB, SIM_EIO, "/dev/null for guest memory: No such device");
	c.mem_path = ".";
	c.is_readonly = true;
	refused(&c, MIB, SIM_EIO, "is a folder");
	c.mem_path = "/proc/nothing";
	c.is_readonly = false;
	refused(&c, MIB, SIM_EIO, "/proc/nothing for guest memory");
	c.mem_path = "/proc";
	refused(&c, MIB, SIM_EIO, "/proc for guest memory");
}

static void wrong_size(void **unused)
{
	struct backing_config c = defaults(BACKING_FILE);

	(void)unused;
	refused(&c, 0, SIM_ERANGE, "needs a size");
	refused(&c, UINT64_MAX, SIM_ERANGE, "needs a size");
	write_file("file", MIB);
	refused(&c, 2 * MIB, SIM_EIO,
		"backing store size 0x100000 does not match 'size' option 0x200000");
	c.offset = PAGE_BYTES;
	refused(&c, MIB, SIM_EIO, "does not match 'size' option 0x100000");
	assert_int_equal(size_of("file"), MIB);
	unlink("file");
	c.offset = 1;
	refused(&c, MIB, SIM_ERANGE, "offset 0x1 must be a multiple");
	c.offset = 0;
	c.align = 3000;
	refused(&c, MIB, SIM_ERANGE, "alignment 0xbb8 must be a multiple of page size 0x1000");
	c.align = 12288;
	refused(&c, MIB, SIM_ERANGE, "alignment 0x3000 must be a power of two");
	c = defaults(BACKING_MEMFD);
	refused(&c, 1000, SIM_ERANGE, "backing store size 0x3e8 does not match");
	c.has_hugetlb = true;
	c.hugetlbsize = 3 * MIB;
	refused(&c, 6 * MIB, SIM_ERANGE, "power of 2");
	c.hugetlbsize = 4 * MIB;
	refused(&c, 4 * MIB, SIM_EUNSUP, "pages of 0x400000 bytes");
}

/* The file was made, and then something else goes wrong. */
static void made_and_gone(void **unused)
{
	struct backing_config c = defaults(BACKING_FILE);
	struct sim_error err = { 0 };
	struct backing b;

	(void)unused;
	refused(&c, (uint64_t)1 << 62, SIM_EIO, "cannot give backing store file its");
	assert_int_equal(files_here(), 0);
	c.mem_path = "/dev/shm/sim_test_backing";
	if (access("/dev/shm", W_OK))
		skip();
	assert_int_equal(backing_map_alloc(&b, &c, (uint64_t)1 << 50, &err), SIM_EIO);
	assert_int_equal(access(c.mem_path, F_OK), -1);
	c = defaults(BACKING_FILE);
	c.policy = NUMA_BIND;
	set_node(&c, 127);
	assert_int_not_equal(backing_map_alloc(&b, &c, MIB, NULL), 0);
	assert_int_equal(files_here(), 0);
}

/* The system has no descriptors left: at each of the opens. */
static void no_descriptors(void **unused)
{
	struct rlimit old, none;

	(void)unused;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	for (unsigned kind = BACKING_FILE; kind <= BACKING_MEMFD; kind++)
		for (unsigned i = 0; i < 2; i++) {
			struct backing_config c = defaults((enum backing_kind)kind);
			struct sim_error err = { 0 };
			struct backing b = { 0 };
			int rc;

			c.mem_path = i ? "." : "file";
			assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
			rc = backing_map_alloc(&b, &c, MIB, &err);
			assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
			assert_int_equal(rc, SIM_EIO);
			assert_non_null(strstr(err.text, "Too many open files"));
			assert_int_equal(files_here(), 0);
		}
}

static void contradictions(void **unused)
{
	struct backing_config c = defaults(BACKING_ANONYMOUS);

	(void)unused;
	c.has_prealloc = true;
	c.has_reserve = false;
	refused(&c, MIB, SIM_ERANGE, "'prealloc=on' and 'reserve=off' are incompatible");
	c.has_reserve = true;
	c.prealloc_threads = 0;
	refused(&c, MIB, SIM_ERANGE, "prealloc-threads");
	c.prealloc_threads = 1;
	c.is_readonly = true;
	refused(&c, MIB, SIM_ERANGE, "'readonly=on'");
	c.is_readonly = c.has_prealloc = false;
	c.page_level = 4;
	refused(&c, MIB, SIM_ERANGE, "page level");
	c.page_level = 0;
	refused(&c, (uint64_t)1 << 50, SIM_ENOMEM, "Cannot allocate memory");
}

/* --- the simulated host knows it --- */

static struct host *host_of(unsigned level, bool prepopulated)
{
	const struct host_config cfg = { .page_level = level, .prepopulated = prepopulated };
	struct host *h;

	assert_int_equal(host_create(&h, &cfg, NULL), 0);
	return h;
}

static void real_on_host(void **unused)
{
	struct host *h = host_of(LEVEL_4K, false);
	struct backing_config c = defaults(BACKING_ANONYMOUS);
	struct ramblock_config rc = { .idstr = "a", .used_length = MIB, .backing = c };
	struct host_mapping m;
	struct ramblock *b;
	struct ramlist l;
	bool was_zero;
	hva_t hva;

	(void)unused;
	ramlist_init(&l, &host_real_ops, h);
	assert_int_equal(ramlist_add(&l, &rc, &b, NULL), 0);
	strcpy((char *)l.ops->bytes(l.ops_arg, &b->backing), "real");
	hva = ramblock_hva(b, 0);
	assert_string_equal((const char *)(uintptr_t)hva.v, "real");
	assert_true(has_flag(&b->backing, "nh")); /* as the host is */
	assert_int_equal(host_touch(h, ramblock_hva(b, MIB - 1), true, &m, &was_zero, NULL), 0);
	assert_true(m.writable);
	ramlist_remove(&l, b);
	assert_int_equal(host_touch(h, hva, true, &m, &was_zero, NULL), SIM_ESTATE);
	rc.idstr = "left to ramlist_fini";
	assert_int_equal(ramlist_add(&l, &rc, &b, NULL), 0);
	ramlist_fini(&l);
	host_destroy(h);
}

/* A read of the first page: what is there then. */
static struct host_mapping read_of(struct host *h, const struct backing_config *c,
				   uint64_t bytes, uint64_t page_size)
{
	struct backing b;
	struct host_mapping m;
	bool was_zero;

	assert_int_equal(host_backing_ops.alloc(h, c, bytes, &b, NULL), 0);
	assert_int_equal(b.page_size, page_size);
	assert_int_equal(b.hva.v % GIB, c->like.v % GIB);
	assert_null(host_backing_ops.bytes(h, &b));
	assert_int_equal(host_touch(h, b.hva, false, &m, &was_zero, NULL), 0);
	host_backing_ops.release(h, &b);
	assert_false(host_lookup(h, hva_make(b.hva.v)).present);
	return m;
}

static void virtual_pages(void **unused)
{
	struct backing_config ram = defaults(BACKING_ANONYMOUS), mem = defaults(BACKING_MEMFD);
	struct host *small = host_of(LEVEL_4K, false), *huge = host_of(LEVEL_2M, false);
	struct host *giant_host = host_of(LEVEL_1G, false), *full = host_of(LEVEL_4K, true);
	struct backing_config file_c = defaults(BACKING_FILE);
	struct host_mapping m;

	(void)unused;
	m = read_of(small, &ram, 8 * MIB, PAGE_BYTES);
	assert_true(m.level == LEVEL_4K && !m.writable);
	m = read_of(full, &ram, 8 * MIB, PAGE_BYTES);
	assert_true(m.writable);
	m = read_of(huge, &ram, 8 * MIB, PAGE_BYTES); /* THP: QEMU sees pages of 4K */
	assert_true(m.level == LEVEL_2M && !m.writable);
	m = read_of(huge, &mem, 8 * MIB, PAGE_BYTES);
	assert_true(m.level == LEVEL_2M && m.writable);
	m = read_of(huge, &file_c, 8 * MIB, PAGE_BYTES); /* private: pages of the file */
	assert_true(m.level == LEVEL_4K && !m.writable);
	m = read_of(giant_host, &ram, 8 * MIB, GIB);
	assert_true(m.level == LEVEL_1G && m.writable);
	m = read_of(giant_host, &file_c, 8 * MIB, GIB);
	assert_true(m.level == LEVEL_1G && m.writable);
	m = read_of(giant_host, &mem, 8 * MIB, PAGE_BYTES);
	assert_true(m.level == LEVEL_4K && m.writable);
	mem.has_hugetlb = true;
	m = read_of(small, &mem, 8 * MIB, 2 * MIB);
	assert_true(m.level == LEVEL_2M && m.writable);
	mem.hugetlbsize = GIB;
	m = read_of(small, &mem, 2 * GIB, GIB);
	assert_true(m.level == LEVEL_1G && m.writable);
	ram.page_level = LEVEL_2M;
	ram.has_prealloc = true;
	m = read_of(small, &ram, 8 * MIB, PAGE_BYTES);
	assert_true(m.level == LEVEL_2M && m.writable);
	host_destroy(small);
	host_destroy(huge);
	host_destroy(giant_host);
	host_destroy(full);
}

/* What is not reserved is not populated either, whatever the host does else. */
static void reserve_off_on_host(void **unused)
{
	struct backing_config c = defaults(BACKING_ANONYMOUS);
	struct host *h = host_of(LEVEL_4K, true);
	struct backing b;

	(void)unused;
	assert_true(host_backing_config(host_config_of(h), &c).has_prealloc);
	c.has_reserve = false;
	assert_false(host_backing_config(host_config_of(h), &c).has_prealloc);
	assert_int_equal(host_real_ops.alloc(h, &c, MIB, &b, NULL), 0);
	host_real_ops.release(h, &b);
	assert_int_equal(host_backing_ops.alloc(h, &c, MIB, &b, NULL), 0);
	host_backing_ops.release(h, &b);
	host_destroy(h);
}

static void virtual_refusals(void **unused)
{
	struct host *h = host_of(LEVEL_4K, false);
	struct backing_config c = defaults(BACKING_MEMFD);
	struct backing b;

	(void)unused;
	assert_int_equal(host_backing_ops.alloc(h, &c, 1000, &b, NULL), SIM_ERANGE);
	c.has_hugetlb = true;
	assert_int_equal(host_backing_ops.alloc(h, &c, 3 * MIB, &b, NULL), SIM_ERANGE);
	c.hugetlbsize = 4 * MIB;
	assert_int_equal(host_backing_ops.alloc(h, &c, 8 * MIB, &b, NULL), SIM_EUNSUP);
	c = defaults(BACKING_ANONYMOUS);
	c.policy = NUMA_INTERLEAVE;
	assert_int_equal(host_backing_ops.alloc(h, &c, 8 * MIB, &b, NULL), SIM_ERANGE);
	host_destroy(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(anonymous),
		IN_FOLDER(file),
		IN_FOLDER(in_folder),
		IN_FOLDER(aligned),
		IN_FOLDER(read_only),
		IN_FOLDER(discard_data),
		IN_FOLDER(memfd),
		IN_FOLDER(advice),
		IN_FOLDER(prealloc),
		IN_FOLDER(huge_pages),
		IN_FOLDER(hugetlb),
		IN_FOLDER(giant),
		IN_FOLDER(policy),
		IN_FOLDER(no_such_file),
		IN_FOLDER(wrong_size),
		IN_FOLDER(made_and_gone),
		IN_FOLDER(contradictions),
		IN_FOLDER(no_descriptors),
		IN_FOLDER(real_on_host),
		IN_FOLDER(virtual_pages),
		IN_FOLDER(reserve_off_on_host),
		IN_FOLDER(virtual_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
