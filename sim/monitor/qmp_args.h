/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * qmp_args.h - which arguments a command takes, and QEMU's words for those that it does not
 */
#ifndef SIM_MONITOR_QMP_ARGS_H
#define SIM_MONITOR_QMP_ARGS_H

#include "monitor/monitor.h"

enum qmp_arg_type {
	QMP_STRING,
	QMP_BOOL,
	QMP_INT,  /* 64 bits, signed */
	QMP_SIZE, /* 64 bits, unsigned; written with suffixes by people */
	QMP_UINT32,
	QMP_ENUM,      /* one of `names` */
	QMP_STRINGS,   /* an array of strings */
	QMP_UINT16S,   /* an array of numbers */
	QMP_PROVIDERS, /* query-stats: an array of {"provider", "names"} */
};

struct qmp_arg {
	const char *name; /* NULL: the end */
	enum qmp_arg_type type;
	bool is_required;
	const char *const *names; /* NULL-terminated */
};

/* args: an object, or NULL (none). -1 with the fault recorded. */
SIM_MUST_CHECK int qmp_args_check(const json_t *args, const struct qmp_arg *list,
				  struct monitor_fault *f);

/* The same for several lists that together are one: NULL-terminated. */
SIM_MUST_CHECK int qmp_args_check_all(const json_t *args, const struct qmp_arg *const *lists,
				      struct monitor_fault *f);

/* The argument of that name, or NULL. */
const struct qmp_arg *qmp_args_find(const struct qmp_arg *const *lists, const char *name);

/* The arguments of object-add for a qom-type; NULL: no such type. */
const struct qmp_arg *const *qmp_args_of_object(const char *qom_type);

/* An id as QEMU wants it: a letter, then letters, digits, '-', '.', '_'. */
bool qmp_args_is_id(const char *id);

#endif
