/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "capture/image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/process.h"

#define SAID_SIZE 1024
#define LINE_SIZE 4096
#define ARGS_ENDS 24 /* words of the builder's command line but for programs and files */

static int cannot_run(const char *program, int number, struct sim_error *err)
{
	if (number == ENOMEM)
		return sim_fail_nomem(err);
	return sim_fail(err, SIM_EIO, program, "cannot run: %s", strerror(number));
}

/* --- the list --- */

/* Cuts the next field off at a tab or the line's end; NULL: out of memory. */
static char *next_field(char **at)
{
	char *field = *at, *end = field + strcspn(field, "\t\n");

	*at = *end ? end + 1 : end;
	*end = '\0';
	return sim_strdup(field);
}

static int add_part(struct image *image, char *line, struct sim_error *err)
{
	struct image_part *p;

	if (sim_grow((void **)&image->part, &image->cap, image->n, sizeof(*image->part)))
		return sim_fail_nomem(err);
	p = &image->part[image->n++];
	*p = (struct image_part){ .kind = next_field(&line) };
	p->path = next_field(&line);
	p->sha256 = next_field(&line);
	p->package = next_field(&line);
	return p->kind && p->path && p->sha256 && p->package ? 0 : sim_fail_nomem(err);
}

int image_read(struct image *image, const char *path, struct sim_error *err)
{
	FILE *f = fopen(path, "r");
	char line[LINE_SIZE];
	int rc = 0;

	if (!f)
		return sim_fail(err, SIM_EIO, path, "cannot open: %s", strerror(errno));
	while (!rc && fgets(line, sizeof(line), f)) {
		if (strchr(line, '\n'))
			rc = add_part(image, line, err);
		else
			rc = sim_fail(err, SIM_EFORMAT, path,
				      "cut off, or has a line of more than %d bytes",
				      LINE_SIZE - 2);
	}
	if (!rc && ferror(f))
		rc = sim_fail(err, SIM_EIO, path, "cannot read: %s", strerror(errno));
	fclose(f);
	if (!rc && (!image_part(image, "kernel") || !image_part(image, "initrd")))
		rc = sim_fail(err, SIM_EFORMAT, path, "lists no kernel or no initrd");
	return rc;
}

const struct image_part *image_part(const struct image *image, const char *kind)
{
	for (size_t i = 0; i < image->n; i++)
		if (!strcmp(image->part[i].kind, kind))
			return &image->part[i];
	return NULL;
}

void image_fini(struct image *image)
{
	for (size_t i = 0; i < image->n; i++) {
		sim_free(image->part[i].kind);
		sim_free(image->part[i].path);
		sim_free(image->part[i].sha256);
		sim_free(image->part[i].package);
	}
	sim_free(image->part);
	*image = (struct image){ 0 };
}

/* --- the builder --- */

struct arguments {
	const char **word;
	size_t n;
};

static void add(struct arguments *a, const char *option, const char *value)
{
	if (!value)
		return;
	a->word[a->n++] = option;
	a->word[a->n++] = value;
}

static void add_list(struct arguments *a, const char *option, const char *const *list)
{
	for (; list && *list; list++)
		add(a, option, *list);
}

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

/* The builder's words, allocated; they borrow from o and dir. */
static const char **builder_words(const struct image_options *o, const char *dir)
{
	struct arguments a = { 0 };

	a.word = sim_calloc(ARGS_ENDS + 2 * (count(o->program) + count(o->file)),
			    sizeof(*a.word));
	if (!a.word)
		return NULL;
	a.word[a.n++] = o->builder;
	add(&a, "--workload", o->workload);
	add(&a, "--out", dir);
	add(&a, "--run", o->capture_run);
	add(&a, "--kernel", o->kernel);
	add(&a, "--busybox", o->busybox);
	add(&a, "--cache", o->cache);
	add_list(&a, "--program", o->program);
	add_list(&a, "--file", o->file);
	if (o->is_offline)
		a.word[a.n++] = "--offline";
	if (o->must_refresh)
		a.word[a.n++] = "--refresh";
	return a.word;
}

/* What the builder complained of, without its name. */
static const char *complaint(char *said)
{
	static const char ours[] = "build-image: ";
	char *at = strstr(said, ours);
	const char *text;

	text = process_one_line(at ? at + sizeof(ours) - 1 : said);
	return *text ? text : "it says nothing";
}

int image_build(struct image *image, const struct image_options *o, const char *dir,
		struct sim_error *err)
{
	const char **words = builder_words(o, dir);
	char said[SAID_SIZE], *list;
	int status, rc;

	if (!words)
		return sim_fail_nomem(err);
	rc = process_run(words, NULL, said, sizeof(said), &status);
	sim_free(words);
	if (rc)
		return cannot_run(o->builder, rc, err);
	if (WIFSIGNALED(status))
		return sim_fail(err, SIM_EINTR, NULL,
				"building the image was stopped by signal %d",
				WTERMSIG(status));
	if (WEXITSTATUS(status))
		return sim_fail(err, SIM_EIO, NULL, "no image: %.340s", complaint(said));
	list = sim_asprintf("%s/image.tsv", dir);
	if (!list)
		return sim_fail_nomem(err);
	rc = image_read(image, list, err);
	sim_free(list);
	return rc;
}

int image_sha256(const char *path, char sum[IMAGE_SHA256 + 1], struct sim_error *err)
{
	const char *const argv[] = { "sha256sum", "--", path, NULL };
	char said[SAID_SIZE];
	int status, rc = process_run(argv, NULL, said, sizeof(said), &status);

	if (rc)
		return cannot_run(argv[0], rc, err);
	/* a backslash stands before the sum of a file with an odd name */
	if (status || sscanf(said, "%*[\\]%64[0-9a-f]", sum) != 1)
		if (status || sscanf(said, "%64[0-9a-f]", sum) != 1)
			return sim_fail(err, SIM_EIO, path, "no SHA-256: %.200s",
					process_one_line(said));
	return 0;
}
