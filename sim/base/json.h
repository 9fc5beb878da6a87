/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json.h - strict reading of JSON: every complaint names the file and the JSON path
 *
 * Over jansson (duplicate keys rejected). A `struct jnode` is a borrowed view of a value that
 * knows its path
 * ("x.json:$.tlb.ways"); it lives on the caller's stack and must not outlive its document or
 * its parent node. The caller lists the keys it knows with json_only(); anything else in the
 * object is an error. Integers are JSON integers in int64 range; wider values are strings
 * "0x...".
 */
#ifndef SIM_BASE_JSON_H
#define SIM_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct jnode {
	const json_t *v;	    /* NULL: absent */
	const struct jnode *parent; /* NULL: the document's root */
	const char *key;	    /* in an object parent */
	size_t index;		    /* in an array parent (key NULL) */
	const char *file;	    /* for messages */
};

/* Loads a file; on success the caller owns *doc (json_decref) and *root views it. SIM_EIO,
 * SIM_EFORMAT. */
SIM_MUST_CHECK int json_open(const char *path, json_t **doc, struct jnode *root,
			     struct sim_error *err);

/* Parses `n` bytes; `name` stands for the file in messages. */
SIM_MUST_CHECK int json_parse(const char *text, size_t n, const char *name, json_t **doc,
			      struct jnode *root, struct sim_error *err);

/* Views an existing value as a root; `name` stands for the file in messages. */
struct jnode json_root(const json_t *v, const char *name);

/* Writes "file:$.a.b[2]" into buf and returns buf; a key with a dot is quoted: $.a."b.c". */
const char *json_path(const struct jnode *n, char *buf, size_t size);

/* Records an error at a node's path and returns `code`. */
int json_fail(const struct jnode *n, int code, struct sim_error *err, const char *fmt, ...)
	SIM_PRINTF(4, 5);

/* SIM_EFORMAT unless n is an object whose keys all stand in `keys` (NULL-terminated). */
SIM_MUST_CHECK int json_only(const struct jnode *n, const char *const *keys,
			     struct sim_error *err);

/* The member `key`; .v is NULL when absent. */
struct jnode json_get(const struct jnode *obj, const char *key);

/* The array's i-th element (i < json_len). */
struct jnode json_at(const struct jnode *arr, size_t i);

/* Elements of an array node, 0 for anything else. */
size_t json_len(const struct jnode *n);

/* Typed reads of a present node. SIM_EFORMAT for a wrong type or an absent node, SIM_ERANGE
 * outside min..max. */
SIM_MUST_CHECK int json_as_u64(const struct jnode *n, uint64_t min, uint64_t max, uint64_t *out,
			       struct sim_error *err);
SIM_MUST_CHECK int json_as_bool(const struct jnode *n, bool *out, struct sim_error *err);
/* *out borrows from the document. */
SIM_MUST_CHECK int json_as_str(const struct jnode *n, const char **out, struct sim_error *err);
/* Any JSON number; finite. */
SIM_MUST_CHECK int json_as_real(const struct jnode *n, double *out, struct sim_error *err);
/* Index of the string in `names` (NULL-terminated); the error lists the names. */
SIM_MUST_CHECK int json_as_enum(const struct jnode *n, const char *const *names, unsigned *out,
				struct sim_error *err);
/* SIM_EFORMAT unless n is an array. */
SIM_MUST_CHECK int json_as_array(const struct jnode *n, struct sim_error *err);

#endif
