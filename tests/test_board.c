/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Boards against the text of a real QEMU (tests/qemu): pc and q35, under TCG and KVM, booted, with two DIMMs; and the
 * records that KVM got on the way.
 */
#include "tests/check.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "mem/mtree.h"
#include "tests/small_board.h"

#define MEMORY "-m 256M,slots=4,maxmem=2G "

static char *read_file(const char *rel)
{
	char path[4096];
	FILE *f = fopen(source_path(path, sizeof(path), rel), "r");
	char *s = malloc(1 << 20);
	size_t n;

	assert_non_null(f);
	assert_non_null(s);
	n = fread(s, 1, (1 << 20) - 1, f);
	s[n] = 0;
	fclose(f);
	return s;
}

static void trim(char *s)
{
	for (size_t n = strlen(s); n > 0 && s[n - 1] == '\n'; n--)
		s[n - 1] = 0;
}

/* What the monitor answered to the nth `command` of a file. */
static char *answer(const char *file, const char *command, int nth)
{
	char rel[64], prompt[128];
	char *all, *at, *end, *s;

	snprintf(rel, sizeof(rel), "tests/qemu/%s", file);
	snprintf(prompt, sizeof(prompt), "(qemu) %s\n", command);
	all = read_file(rel);
	at = strstr(all, prompt);
	for (int i = 0; at && i < nth; i++)
		at = strstr(at + 1, prompt);
	assert_non_null(at);
	at += strlen(prompt);
	end = strstr(at, "(qemu) ");
	if (end)
		*end = 0;
	s = sim_strdup(at);
	assert_non_null(s);
	free(all);
	trim(s);
	return s;
}

/* --- texts whose paragraphs come in the order of a hash table --- */

#define PARAGRAPHS 64

static int by_text(const void *x, const void *y)
{
	const char *const *a = x, *const *b = y;

	return strcmp(*a, *b);
}

/* Cuts s at `cut`; the number of a flat view is not of the text. */
static unsigned paragraphs(char *s, const char *cut, char **p)
{
	unsigned n = 0;
	char *end = s;

	for (; end; s = end + strlen(cut)) {
		end = strstr(s, cut);
		if (end)
			*end = 0;
		trim(s);
		assert_true(n < PARAGRAPHS);
		p[n++] = strncmp(s, "FlatView #", 10) ? s : strchr(s, '\n');
	}
	qsort(p, n, sizeof(*p), by_text);
	return n;
}

static void assert_same_paragraphs(char *ours, char *theirs, const char *cut)
{
	char *p[PARAGRAPHS], *q[PARAGRAPHS];
	unsigned n = paragraphs(ours, cut, p);

	assert_int_equal(paragraphs(theirs, cut, q), n);
	for (unsigned i = 0; i < n; i++)
		assert_string_equal(p[i], q[i]);
}

/* --- what ours says --- */

static char *taken(struct text *t)
{
	char *s = text_take(t);

	assert_non_null(s);
	trim(s);
	return s;
}

static char *tree(const struct small_board *s, unsigned flags)
{
	struct text t = { .s = NULL };

	mtree_info(s->board, flags, &t);
	return taken(&t);
}

static char *info(const struct small_board *s,
		  void (*print)(const struct board *b, struct text *t))
{
	struct text t = { .s = NULL };

	text_add(&t, "%s", "");
	print(s->board, &t);
	return taken(&t);
}

struct reference {
	const char *file;
	int view, tree, block, device, summary, numa, memdev; /* nth; < 0: not there */
};

static void check_tree(const struct small_board *s, const char *file, const char *command,
		       unsigned flags, int nth)
{
	char *ours, *theirs;

	if (nth < 0)
		return;
	ours = tree(s, flags);
	theirs = answer(file, command, nth);
	assert_same_paragraphs(ours, theirs, "\n\n");
	free(ours);
	free(theirs);
}

static void check_info(const struct small_board *s, const char *file, const char *command,
		       void (*print)(const struct board *b, struct text *t), int nth)
{
	char *ours, *theirs;

	if (nth < 0)
		return;
	ours = info(s, print);
	theirs = answer(file, command, nth);
	if (print == mtree_memdev)
		assert_same_paragraphs(ours, theirs, "memory backend: ");
	else
		assert_string_equal(ours, theirs);
	free(ours);
	free(theirs);
}

static void check_all(const struct small_board *s, const struct reference *r)
{
	check_tree(s, r->file, "info mtree -f", MTREE_FLAT, r->view);
	check_tree(s, r->file, "info mtree", 0, r->tree);
	check_info(s, r->file, "info ramblock", mtree_ramblock, r->block);
	check_info(s, r->file, "info memory-devices", mtree_memory_devices, r->device);
	check_info(s, r->file, "info memory_size_summary", mtree_memory_size_summary,
		   r->summary);
	check_info(s, r->file, "info numa", mtree_numa, r->numa);
	check_info(s, r->file, "info memdev", mtree_memdev, r->memdev);
}

/* --- the machine of the references --- */

static void boot(struct small_board *s, const char *line)
{
	struct sim_error err = { 0 };
	char models[4096];

	source_path(models, sizeof(models), "models/board");
	if (small_board_create(s, line, models, &err) || board_boot(s->board, &err))
		fail_msg("%s: %s", err.where, err.text);
}

static void plug(struct small_board *s, const char *object, const char *device)
{
	struct sim_error err = { 0 };

	if (small_board_object_add(s, object, &err) || small_board_device_add(s, device, &err))
		fail_msg("%s: %s", err.where, err.text);
}

static void plug_first(struct small_board *s)
{
	plug(s, "memory-backend-ram,id=mem1,size=256M", "pc-dimm,id=dimm1,memdev=mem1");
}

static void plug_second(struct small_board *s)
{
	plug(s, "memory-backend-memfd,id=mem2,size=128M", "pc-dimm,id=dimm2,memdev=mem2");
}

/* The files of pc: before the DIMMs, with one, with both. */
static void check_pc(struct small_board *s, const char *file)
{
	check_all(s, &(struct reference){ file, 0, 0, 0, 0, 0, 0, -1 });
	plug_first(s);
	check_all(s, &(struct reference){ file, 1, -1, 1, 1, 1, -1, -1 });
	plug_second(s);
	check_all(s, &(struct reference){ file, 2, -1, 2, 2, -1, -1, -1 });
}

static void check_q35(struct small_board *s, const char *file)
{
	check_all(s, &(struct reference){ file, 0, 0, 0, 0, 0, 0, 0 });
	plug_first(s);
	plug_second(s);
	check_all(s, &(struct reference){ file, 1, 1, 1, 1, 1, 1, 1 });
}

static void pc_under_tcg(void **unused)
{
	struct small_board s;
	char *ours, *theirs;

	(void)unused;
	boot(&s, "-accel tcg -machine pc " MEMORY);
	ours = tree(&s, MTREE_FLAT);
	theirs = answer("pc-tcg.txt", "info mtree -f", 0);
	assert_string_equal(ours, theirs);
	free(ours);
	free(theirs);
	check_pc(&s, "pc-tcg.txt");
	small_board_destroy(&s);
}

static void q35_under_tcg(void **unused)
{
	struct small_board s;

	(void)unused;
	boot(&s, "-accel tcg -machine q35 " MEMORY);
	check_q35(&s, "q35-tcg.txt");
	small_board_destroy(&s);
}

/* --- records --- */

/* Where each block lay in QEMU, by the first record of it. */
struct bases {
	const struct ramblock *block[16];
	uint64_t base[16];
	unsigned n;
};

static uint64_t base_of(struct bases *b, const struct ramblock *block, uint64_t base)
{
	for (unsigned i = 0; i < b->n; i++)
		if (b->block[i] == block)
			return b->base[i];
	assert_true(b->n < 16);
	b->block[b->n] = block;
	b->base[b->n++] = base;
	return base;
}

static void check_record(struct small_board *s, const struct kvm_slot_region *ours,
			 const struct kvm_slot_region *theirs, struct bases *bases)
{
	uint64_t offset;
	const struct ramblock *block;

	assert_int_equal(ours->slot, theirs->slot);
	assert_int_equal(ours->flags, theirs->flags);
	assert_int_equal(ours->guest_phys_addr, theirs->guest_phys_addr);
	assert_int_equal(ours->memory_size, theirs->memory_size);
	block = ramlist_find_hva(&s->memory->ram, hva_make(ours->userspace_addr), &offset);
	assert_non_null(block);
	assert_int_equal(theirs->userspace_addr - offset,
			 base_of(bases, block, theirs->userspace_addr - offset));
}

static void check_records(struct small_board *s, const char *rel)
{
	char *all = read_file(rel), *line = strtok(all, "\n");
	struct bases bases = { .n = 0 };
	unsigned n = 0;

	for (; line; line = strtok(NULL, "\n"), n++) {
		struct kvm_slot_region r;

		assert_int_equal(sscanf(line,
					"kvm_set_user_memory Slot#%" SCNu32 " flags=%" SCNx32
					" gpa=%" SCNx64 " size=%" SCNx64 " ua=%" SCNx64,
					&r.slot, &r.flags, &r.guest_phys_addr, &r.memory_size,
					&r.userspace_addr),
				 5);
		assert_true(n < s->n_records);
		check_record(s, &s->record[n], &r, &bases);
	}
	assert_int_equal(n, s->n_records);
	assert_true(n >= 39);
	free(all);
}

static void pc_under_kvm(void **unused)
{
	struct small_board s;

	(void)unused;
	boot(&s, "-accel kvm -machine pc " MEMORY);
	check_pc(&s, "pc-kvm.txt");
	check_records(&s, "tests/qemu/pc-kvm.trace");
	small_board_destroy(&s);
}

static void q35_under_kvm(void **unused)
{
	struct small_board s;

	(void)unused;
	boot(&s, "-accel kvm -machine q35 " MEMORY);
	check_q35(&s, "q35-kvm.txt");
	check_records(&s, "tests/qemu/q35-kvm.trace");
	small_board_destroy(&s);
}

/* --- reading the guest's memory --- */

/* One page of RAM, seen at its address; PAM shows it at 0xf0000 only once the firmware has said so. */
static void pam_chooses_what_is_seen(void **unused)
{
	struct memory_region_section x;
	struct sim_error err = { 0 };
	struct small_board s;
	char models[4096];

	(void)unused;
	source_path(models, sizeof(models), "models/board");
	assert_int_equal(small_board_create(&s, "-machine pc -m 128M", models, &err), 0);
	x = address_space_section(board_address_space(s.board), 0xf0000, 1);
	assert_string_equal(x.mr->name, "pc.bios");
	assert_int_equal(x.offset_within_region, 0x30000);
	assert_int_equal(board_boot(s.board, &err), 0);
	x = address_space_section(board_address_space(s.board), 0xf0000, 1);
	assert_string_equal(x.mr->name, "pc.ram");
	assert_int_equal(x.offset_within_region, 0xf0000);
	assert_true(x.readonly);
	assert_int_equal(board_base_memory(s.board), 128 << 20);
	small_board_destroy(&s);
}

/* --- board files --- */

static void file_refused(const char *text, const char *where, const char *what)
{
	static const struct host_config none = { .page_level = LEVEL_4K };
	struct small_board s = { .n_records = 0 };
	struct sim_error err = { 0 };
	struct board_config cfg = { .options = &s.options };
	struct jnode root;
	int rc;

	assert_int_equal(host_create(&s.host, &none, &err), 0);
	assert_int_equal(board_options_parse(&s.options, "-m 16M", &err), 0);
	assert_int_equal(json_parse(text, strlen(text), "x", &s.parts, &root, &err), 0);
	small_board_backing(&s, &cfg);
	cfg.parts = s.parts;
	rc = board_create(&s.board, &cfg, &err);
	if (!rc)
		rc = board_boot(s.board, &err);
	assert_int_not_equal(rc, 0);
	if (!strstr(err.where, where) || !strstr(err.text, what))
		fail_msg("%s: %s: %s", text, err.where, err.text);
	small_board_destroy(&s);
}

#define BOARD(devices, boot) "{\"board\":\"pc\",\"devices\":[" devices "],\"boot\":[" boot "]}"
#define DEVICE(region)	     "{\"driver\":\"x\",\"regions\":[{" region "}]}"

static void board_files_are_read_strictly(void **unused)
{
	(void)unused;
	file_refused("{\"board\":\"q35\",\"devices\":[]}", "$.board", "the machine is a pc");
	file_refused("{\"board\":\"pc\",\"devices\":[],\"x\":1}", "$.x", "unknown key");
	file_refused(BOARD("{\"driver\":\"x\",\"slot\":1}", ""), "$.devices[0].slot",
		     "unknown key");
	file_refused(BOARD(DEVICE("\"name\":\"a\",\"size\":1,\"prio\":1"), ""),
		     "regions[0].prio", "unknown key");
	file_refused(BOARD(DEVICE("\"name\":\"a\""), ""), "size", "");
	file_refused(BOARD(DEVICE("\"name\":\"a\",\"size\":\"4K\""), ""), "size", "0x1000");
	file_refused(BOARD(DEVICE("\"name\":\"a\",\"size\":1,\"at\":0"), ""), "regions[0]",
		     "'in'");
	file_refused(BOARD(DEVICE("\"name\":\"a\",\"size\":1,\"at\":0,\"in\":\"b\""), ""), "in",
		     "'b'");
	file_refused(BOARD(DEVICE("\"name\":\"a\",\"size\":1,\"kind\":\"ram\""), ""),
		     "regions[0]", "block");
	file_refused(BOARD(DEVICE("\"name\":\"a\",\"size\":1,\"kind\":\"alias\""), ""),
		     "regions[0]", "alias");
	file_refused(BOARD("{\"driver\":\"x\",\"pci\":\"99.0\"}", ""), "pci", "1f.2");
	file_refused(BOARD("{\"driver\":\"x\",\"pci\":\"1f.2x\"}", ""), "pci", "1f.2x");
	file_refused(BOARD("", "{\"map\":\"a\",\"at\":0}"), "[0].map", "'a'");
	file_refused(BOARD("", "{\"pam\":\"0x59\"}"), "value", "");
	file_refused(BOARD("", "{\"if\":[]}"), "[0]", "pam");
	file_refused(BOARD("", "{\"bus-master\":\"a\"}"), "bus-master", "'a'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pc_under_tcg),
		cmocka_unit_test(pc_under_kvm),
		cmocka_unit_test(q35_under_tcg),
		cmocka_unit_test(q35_under_kvm),
		cmocka_unit_test(pam_chooses_what_is_seen),
		cmocka_unit_test(board_files_are_read_strictly),
	};

	return cmocka_run_group_tests_name("board", tests, NULL, NULL);
}
