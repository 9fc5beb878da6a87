/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board_tool - a board and commands of QEMU's monitor, one a line of the standard input; for tests/check_qemu
 *
 *     board_tool MODELS LINE [RECORDS]
 *
 * MODELS: the folder of board files; LINE: a command line of QEMU; RECORDS: a file for what KVM got.
 *
 * Without -S the firmware has run. Each command is repeated as "(qemu) COMMAND". An error is "Error: ..."; of the board
 * itself on the standard error output, with status 1.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mem/mtree.h"
#include "tests/small_board.h"

static void flat(const struct board *b, struct text *t)
{
	mtree_info(b, MTREE_FLAT, t);
}

static void tree(const struct board *b, struct text *t)
{
	mtree_info(b, 0, t);
}

static void tree_disabled(const struct board *b, struct text *t)
{
	mtree_info(b, MTREE_DISABLED, t);
}

static const struct {
	const char *name;
	void (*print)(const struct board *b, struct text *t);
} infos[] = {
	{ "info mtree -f", flat },
	{ "info mtree", tree },
	{ "info mtree -D", tree_disabled },
	{ "info ramblock", mtree_ramblock },
	{ "info memory-devices", mtree_memory_devices },
	{ "info memory_size_summary", mtree_memory_size_summary },
	{ "info memdev", mtree_memdev },
	{ "info numa", mtree_numa },
};

static int change(struct small_board *s, const char *verb, const char *words,
		  struct sim_error *err)
{
	if (!strcmp(verb, "object_add"))
		return small_board_object_add(s, words, err);
	if (!strcmp(verb, "device_add"))
		return small_board_device_add(s, words, err);
	if (!strcmp(verb, "object_del"))
		return board_object_del(s->board, words, err);
	if (!strcmp(verb, "device_del"))
		return board_device_del(s->board, words, err);
	return sim_fail(err, SIM_EFORMAT, "", "unknown command '%s'", verb);
}

static int info(struct small_board *s, const char *command)
{
	struct text t = { .s = NULL };

	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
		if (strcmp(infos[i].name, command) != 0)
			continue;
		infos[i].print(s->board, &t);
		if (t.s)
			fputs(t.s, stdout);
		text_fini(&t);
		return 1;
	}
	return 0;
}

static void run(struct small_board *s, char *command)
{
	struct sim_error err = { 0 };
	char *words;

	printf("(qemu) %s\n", command);
	if (info(s, command))
		return;
	words = strchr(command, ' ');
	if (words)
		*words++ = 0;
	if (change(s, command, words ? words : "", &err))
		printf("Error: %s\n", err.text);
}

static void write_records(const struct small_board *s, const char *path)
{
	FILE *f = fopen(path, "w");

	for (unsigned i = 0; f && i < s->n_records; i++)
		fprintf(f, "%u %u %llx %llx\n", s->record[i].slot, s->record[i].flags,
			(unsigned long long)s->record[i].guest_phys_addr,
			(unsigned long long)s->record[i].memory_size);
	if (!f || fclose(f))
		perror(path);
}

int main(int argc, char **argv)
{
	struct small_board s;
	struct sim_error err = { 0 };
	char command[1024];
	int rc;

	if (argc < 3) {
		fprintf(stderr, "usage: board_tool MODELS LINE [RECORDS]\n");
		return 2;
	}
	rc = small_board_create(&s, argv[2], argv[1], &err);
	if (!rc && !s.options.is_stopped)
		rc = board_boot(s.board, &err);
	if (rc) {
		fprintf(stderr, "board_tool: %s: %s\n", err.where, err.text);
		return 1;
	}
	while (fgets(command, sizeof(command), stdin)) {
		command[strcspn(command, "\n")] = 0;
		run(&s, command);
	}
	if (argc > 3)
		write_records(&s, argv[3]);
	small_board_destroy(&s);
	return 0;
}
