/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor/qmp_args.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const providers[] = { "kvm", NULL };
static const char *const policies[] = { "default", "preferred", "bind", "interleave", NULL };

static const struct qmp_arg provider_args[] = {
	{ .name = "provider", .type = QMP_ENUM, .is_required = true, .names = providers },
	{ .name = "names", .type = QMP_STRINGS },
	{ .name = NULL },
};

static const struct qmp_arg object_args[] = {
	{ .name = "qom-type", .is_required = true },
	{ .name = "id", .is_required = true },
	{ .name = NULL },
};

static const struct qmp_arg backend_args[] = {
	{ .name = "dump", .type = QMP_BOOL },
	{ .name = "host-nodes", .type = QMP_UINT16S },
	{ .name = "merge", .type = QMP_BOOL },
	{ .name = "policy", .type = QMP_ENUM, .names = policies },
	{ .name = "prealloc", .type = QMP_BOOL },
	{ .name = "prealloc-threads", .type = QMP_UINT32 },
	{ .name = "prealloc-context" },
	{ .name = "share", .type = QMP_BOOL },
	{ .name = "reserve", .type = QMP_BOOL },
	{ .name = "size", .type = QMP_SIZE, .is_required = true },
	{ .name = "x-use-canonical-path-for-ramblock-id", .type = QMP_BOOL },
	{ .name = NULL },
};

static const struct qmp_arg file_args[] = {
	{ .name = "align", .type = QMP_SIZE },
	{ .name = "discard-data", .type = QMP_BOOL },
	{ .name = "mem-path", .is_required = true },
	{ .name = "pmem", .type = QMP_BOOL },
	{ .name = "readonly", .type = QMP_BOOL },
	{ .name = NULL },
};

static const struct qmp_arg memfd_args[] = {
	{ .name = "hugetlb", .type = QMP_BOOL },
	{ .name = "hugetlbsize", .type = QMP_SIZE },
	{ .name = "seal", .type = QMP_BOOL },
	{ .name = NULL },
};

const struct qmp_arg *const *qmp_args_of_object(const char *qom_type)
{
	static const struct qmp_arg *const ram[] = { object_args, backend_args, NULL };
	static const struct qmp_arg *const file[] = { object_args, backend_args, file_args,
						      NULL };
	static const struct qmp_arg *const memfd[] = { object_args, backend_args, memfd_args,
						       NULL };

	if (!strcmp(qom_type, "memory-backend-ram"))
		return ram;
	if (!strcmp(qom_type, "memory-backend-file"))
		return file;
	return !strcmp(qom_type, "memory-backend-memfd") ? memfd : NULL;
}

bool qmp_args_is_id(const char *id)
{
	if (!isalpha((unsigned char)*id))
		return false;
	while (*++id)
		if (!isalnum((unsigned char)*id) && !strchr("-._", *id))
			return false;
	return true;
}

/* --- one value; `name` is its path: providers[0].names[1] --- */

static int wrong_type(struct monitor_fault *f, const char *name, const char *type)
{
	return monitor_refuse(f, MONITOR_GENERIC,
			      "Invalid parameter type for '%s', expected: %s", name, type);
}

static int unexpected(struct monitor_fault *f, const char *name)
{
	return monitor_refuse(f, MONITOR_GENERIC, "Parameter '%s' is unexpected", name);
}

static int check_string(const json_t *v, const char *name, struct monitor_fault *f)
{
	if (!json_is_string(v))
		return wrong_type(f, name, "string");
	if (strlen(json_string_value(v)) != json_string_length(v))
		return monitor_refuse(f, MONITOR_GENERIC, "Parameter '%s' has a NUL in it",
				      name);
	return 0;
}

static int check_enum(const json_t *v, const char *const *names, const char *name,
		      struct monitor_fault *f)
{
	if (!json_is_string(v))
		return wrong_type(f, name, "string");
	for (size_t i = 0; names[i]; i++)
		if (!strcmp(names[i], json_string_value(v)))
			return 0;
	return monitor_refuse(f, MONITOR_GENERIC, "Parameter '%s' does not accept value '%s'",
			      name, json_string_value(v));
}

static int check_unsigned(const json_t *v, unsigned bits, const char *name,
			  struct monitor_fault *f)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0)
		return monitor_refuse(f, MONITOR_GENERIC, "Parameter '%s' expects uint64",
				      name);
	if (bits < 64 && n >> bits)
		return monitor_refuse(f, MONITOR_GENERIC, "Parameter '%s' expects uint%u_t",
				      bits < 32 ? "null" : name, bits); /* QEMU's words */
	return 0;
}

static int check_args(const json_t *args, const struct qmp_arg *const *lists,
		      const char *prefix, struct monitor_fault *f);

static int check_provider(const json_t *v, const char *name, struct monitor_fault *f)
{
	static const struct qmp_arg *const lists[] = { provider_args, NULL };
	char prefix[200];

	if (!json_is_object(v))
		return wrong_type(f, name, "object");
	snprintf(prefix, sizeof(prefix), "%s.", name);
	return check_args(v, lists, prefix, f);
}

static int check_element(const json_t *v, enum qmp_arg_type type, const char *name,
			 struct monitor_fault *f)
{
	if (type == QMP_STRINGS)
		return check_string(v, name, f);
	if (type == QMP_UINT16S)
		return check_unsigned(v, 16, name, f);
	return check_provider(v, name, f);
}

static int check_array(const json_t *v, enum qmp_arg_type type, const char *name,
		       struct monitor_fault *f)
{
	char element[192];
	int rc = 0;

	if (!json_is_array(v))
		return wrong_type(f, name, "array");
	for (size_t i = 0; i < json_array_size(v) && !rc; i++) {
		snprintf(element, sizeof(element), "%s[%zu]", name, i);
		rc = check_element(json_array_get(v, i), type, element, f);
	}
	return rc;
}

static int check_value(const json_t *v, const struct qmp_arg *a, const char *name,
		       struct monitor_fault *f)
{
	switch (a->type) {
	case QMP_STRING:
		return check_string(v, name, f);
	case QMP_BOOL:
		return json_is_boolean(v) ? 0 : wrong_type(f, name, "boolean");
	case QMP_INT:
		return json_is_integer(v) ? 0 : wrong_type(f, name, "integer");
	case QMP_SIZE:
		return check_unsigned(v, 64, name, f);
	case QMP_UINT32:
		return check_unsigned(v, 32, name, f);
	case QMP_ENUM:
		/* within an array QEMU gives the last part of the path alone */
		return check_enum(v, a->names, a->name, f);
	case QMP_STRINGS:
	case QMP_UINT16S:
	case QMP_PROVIDERS:
		break;
	}
	return check_array(v, a->type, name, f);
}

/* --- all of them --- */

const struct qmp_arg *qmp_args_find(const struct qmp_arg *const *lists, const char *name)
{
	for (; *lists; lists++)
		for (const struct qmp_arg *a = *lists; a->name; a++)
			if (!strcmp(a->name, name))
				return a;
	return NULL;
}

static int check_unknown(const json_t *args, const struct qmp_arg *const *lists,
			 const char *prefix, struct monitor_fault *f)
{
	/* jansson's iterators want a non-const object, and change nothing in it */
	json_t *obj = (json_t *)(uintptr_t)args;
	char name[160];

	for (void *it = json_object_iter(obj); it; it = json_object_iter_next(obj, it)) {
		const char *key = json_object_iter_key(it);

		snprintf(name, sizeof(name), "%s%s", prefix, key);
		if (!qmp_args_find(lists, key))
			return unexpected(f, name);
	}
	return 0;
}

static int check_list(const json_t *args, const struct qmp_arg *a, const char *prefix,
		      struct monitor_fault *f)
{
	char name[160];
	int rc = 0;

	for (; a->name && !rc; a++) {
		const json_t *v = json_object_get(args, a->name);

		snprintf(name, sizeof(name), "%s%s", prefix, a->name);
		if (v)
			rc = check_value(v, a, name, f);
		else if (a->is_required)
			rc = monitor_refuse(f, MONITOR_GENERIC, "Parameter '%s' is missing",
					    name);
	}
	return rc;
}

static int check_args(const json_t *args, const struct qmp_arg *const *lists,
		      const char *prefix, struct monitor_fault *f)
{
	int rc = 0;

	for (size_t i = 0; lists[i] && !rc; i++)
		rc = check_list(args, lists[i], prefix, f);
	return rc ? rc : check_unknown(args, lists, prefix, f);
}

int qmp_args_check(const json_t *args, const struct qmp_arg *list, struct monitor_fault *f)
{
	const struct qmp_arg *const lists[] = { list, NULL };

	return check_args(args, lists, "", f);
}

int qmp_args_check_all(const json_t *args, const struct qmp_arg *const *lists,
		       struct monitor_fault *f)
{
	return check_args(args, lists, "", f);
}
