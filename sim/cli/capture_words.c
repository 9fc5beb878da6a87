/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/capture_words.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

int word_list_add(struct word_list *l, const char *word, size_t n, struct sim_error *err)
{
	char *copy;

	if (sim_grow((void **)&l->word, &l->cap, l->n + 1, sizeof(*l->word)))
		return sim_fail_nomem(err);
	copy = sim_asprintf("%.*s", (int)n, word);
	if (!copy)
		return sim_fail_nomem(err);
	l->word[l->n++] = copy;
	l->word[l->n] = NULL;
	return 0;
}

void word_list_fini(struct word_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		sim_free(l->word[i]);
	sim_free(l->word);
	*l = (struct word_list){ 0 };
}

/* Unquotes the word at *at into buf, which has room for all of it; its length. */
static size_t take_word(const char **at, char *buf, bool *is_open)
{
	const char *p = *at;
	char quote = '\0';
	size_t n = 0;

	for (; *p && (quote || !strchr(" \t\n", *p)); p++) {
		if (quote ? *p == quote : *p == '\'' || *p == '"') {
			quote = quote ? '\0' : *p;
			continue;
		}
		if (*p == '\\' && quote != '\'' && p[1])
			p++;
		buf[n++] = *p;
	}
	*is_open = quote;
	*at = p;
	return n;
}

int word_list_split(struct word_list *l, const char *text, struct sim_error *err)
{
	char *buf = sim_calloc(strlen(text) + 1, 1);
	bool is_open = false;
	int rc = buf ? 0 : sim_fail_nomem(err);

	while (!rc && *(text += strspn(text, " \t\n"))) {
		size_t n = take_word(&text, buf, &is_open);

		rc = is_open ? sim_fail(err, SIM_EFORMAT, NULL,
					"--qemu-args: a quote is not closed")
			     : word_list_add(l, buf, n, err);
	}
	sim_free(buf);
	return rc;
}
