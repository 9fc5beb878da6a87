/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor/action.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "monitor/qmp_args.h"

#define PERIPHERAL "/machine/peripheral/"

/* --- the run --- */

void action_stop(const struct monitor *m)
{
	if (m->ops->state(m->arg) != MONITOR_RUNNING)
		return;
	m->ops->stop(m->arg);
	monitor_event(m, "STOP", NULL);
}

int action_cont(const struct monitor *m, struct monitor_fault *f)
{
	enum monitor_state s = m->ops->state(m->arg);

	if (s == MONITOR_SHUTDOWN)
		return monitor_refuse(f, MONITOR_GENERIC,
				      "Resetting the Virtual Machine is required");
	if (s == MONITOR_RUNNING)
		return 0;
	m->ops->cont(m->arg);
	monitor_event(m, "RESUME", NULL);
	return 0;
}

void action_quit(const struct monitor *m)
{
	m->ops->quit(m->arg);
	monitor_event(m, "SHUTDOWN",
		      json_pack("{s:b,s:s}", "guest", 0, "reason", "host-qmp-quit"));
}

/* --- what is there --- */

static const struct board_backend *backend_of(const struct monitor *m, const char *id)
{
	const struct board_backend *b;

	for (size_t i = 0; (b = m->ops->backend_at(m->arg, i)); i++)
		if (b->id && !strcmp(b->id, id))
			return b;
	return NULL;
}

static const struct board_dimm *dimm_of(const struct monitor *m, const char *id)
{
	const struct board_dimm *d;

	for (size_t i = 0; (d = m->ops->dimm_at(m->arg, i)); i++)
		if (d->id && !strcmp(d->id, id))
			return d;
	return NULL;
}

static int no_device(struct monitor_fault *f, const char *id)
{
	return monitor_refuse(f, MONITOR_NO_DEVICE, "Device '%s' not found", id);
}

static int check_id(const char *id, struct monitor_fault *f)
{
	if (!id || qmp_args_is_id(id))
		return 0;
	return monitor_refuse(f, MONITOR_GENERIC, "Parameter 'id' expects an identifier");
}

/* --- objects --- */

static int check_object(const struct monitor *m, const json_t *props, struct monitor_fault *f)
{
	const json_t *qom_type = json_object_get(props, "qom-type");
	const struct qmp_arg *const *args = qmp_args_of_object(
		json_is_string(qom_type) ? json_string_value(qom_type) : "memory-backend-ram");
	const char *id;

	if (!args)
		return monitor_refuse(f, MONITOR_GENERIC,
				      "Parameter 'qom-type' does not accept value '%s'",
				      json_string_value(qom_type));
	if (qmp_args_check_all(props, args, f))
		return -1;
	id = json_string_value(json_object_get(props, "id"));
	if (check_id(id, f))
		return -1;
	if (!json_integer_value(json_object_get(props, "size")))
		return monitor_refuse(f, MONITOR_GENERIC,
				      "property 'size' of %s doesn't take value '0'",
				      json_string_value(qom_type));
	if (backend_of(m, id))
		return monitor_refuse(f, MONITOR_GENERIC,
				      "attempt to add duplicate property '%s' to object "
				      "(type 'container')",
				      id);
	return 0;
}

int action_object_add(const struct monitor *m, const json_t *props, struct monitor_fault *f)
{
	struct backend_options o = { .id = NULL };
	struct sim_error err = { .code = 0 };
	struct jnode root;
	int rc;

	if (check_object(m, props, f))
		return -1;
	root = json_root(props, "object-add");
	rc = backend_options_read(&o, &root, &err);
	if (!rc)
		rc = m->ops->object_add(m->arg, &o, &err);
	backend_options_fini(&o);
	return rc ? monitor_refuse_error(f, &err) : 0;
}

int action_object_del(const struct monitor *m, const char *id, struct monitor_fault *f)
{
	const struct board_backend *b = backend_of(m, id);
	struct sim_error err = { .code = 0 };

	if (!b)
		return monitor_refuse(f, MONITOR_GENERIC, "object '%s' not found", id);
	if (b->is_mapped)
		return monitor_refuse(f, MONITOR_GENERIC,
				      "object '%s' is in use, can not be deleted", id);
	return m->ops->object_del(m->arg, id, &err) ? monitor_refuse_error(f, &err) : 0;
}

/* --- devices --- */

static int check_driver(const json_t *driver, struct monitor_fault *f)
{
	const char *s = json_string_value(driver);

	if (!driver)
		return monitor_refuse(f, MONITOR_GENERIC, "Parameter 'driver' is missing");
	if (!s)
		return monitor_refuse(f, MONITOR_GENERIC,
				      "Invalid parameter type for 'driver', expected: string");
	if (strcmp(s, "pc-dimm") != 0)
		return monitor_refuse(f, MONITOR_GENERIC,
				      "'%s' is not a valid device model name", s);
	return 0;
}

static int check_memdev(const struct monitor *m, const json_t *v, struct monitor_fault *f)
{
	const char *s = json_string_value(v);

	if (!s)
		return monitor_refuse(f, MONITOR_GENERIC,
				      "Invalid parameter type for 'memdev', expected: string");
	return backend_of(m, s) ? 0 : no_device(f, s);
}

static bool is_number(const char *s)
{
	char *end;

	errno = 0;
	(void)strtoull(s, &end, 0);
	return end != s && !*end && !errno;
}

/* One property, in the order in which they are given. */
static int check_property(const struct monitor *m, const char *key, const json_t *v,
			  struct monitor_fault *f)
{
	if (!strcmp(key, "driver") || !strcmp(key, "id"))
		return 0;
	if (!strcmp(key, "memdev"))
		return check_memdev(m, v, f);
	if (strcmp(key, "addr") != 0 && strcmp(key, "node") != 0 && strcmp(key, "slot") != 0)
		return monitor_refuse(f, MONITOR_GENERIC, "Property 'pc-dimm.%s' not found",
				      key);
	if (json_is_integer(v) || (json_is_string(v) && is_number(json_string_value(v))))
		return 0;
	return monitor_refuse(f, MONITOR_GENERIC, "Parameter '%s' expects integer", key);
}

static int check_properties(const struct monitor *m, const json_t *props,
			    struct monitor_fault *f)
{
	json_t *obj = (json_t *)(uintptr_t)props; /* as in qmp_args.c */
	int rc = 0;

	for (void *it = json_object_iter(obj); it && !rc; it = json_object_iter_next(obj, it))
		rc = check_property(m, json_object_iter_key(it), json_object_iter_value(it), f);
	if (!rc && !json_object_get(props, "memdev"))
		rc = monitor_refuse(f, MONITOR_GENERIC, "'memdev' property must be set");
	return rc;
}

static int check_device(const struct monitor *m, const json_t *props, struct monitor_fault *f)
{
	const json_t *v = json_object_get(props, "id");
	const char *id = json_string_value(v);

	if (v && !id)
		return monitor_refuse(f, MONITOR_GENERIC,
				      "Invalid parameter type for 'id', expected: string");
	if (check_id(id, f) || check_driver(json_object_get(props, "driver"), f))
		return -1;
	if (id && dimm_of(m, id))
		return monitor_refuse(f, MONITOR_GENERIC, "Duplicate device ID '%s'", id);
	return check_properties(m, props, f);
}

int action_device_add(const struct monitor *m, const json_t *props, struct monitor_fault *f)
{
	struct dimm_options o = { .id = NULL };
	struct sim_error err = { .code = 0 };
	struct jnode root;
	int rc;

	if (check_device(m, props, f))
		return -1;
	root = json_root(props, "device_add");
	rc = dimm_options_read(&o, &root, &err);
	if (!rc)
		rc = m->ops->device_add(m->arg, &o, &err);
	dimm_options_fini(&o);
	return rc ? monitor_refuse_error(f, &err) : 0;
}

static json_t *deleted(const char *id)
{
	char *path = sim_asprintf(PERIPHERAL "%s", id);
	json_t *data = path ? json_pack("{s:s,s:s}", "device", id, "path", path) : NULL;

	sim_free(path);
	return data;
}

int action_device_del(const struct monitor *m, const char *id, struct monitor_fault *f)
{
	size_t prefix = strlen(PERIPHERAL);
	const char *name = strncmp(id, PERIPHERAL, prefix) != 0 ? id : id + prefix;
	struct sim_error err = { .code = 0 };
	json_t *data;

	if (!dimm_of(m, name))
		return no_device(f, id);
	data = deleted(name);
	if (!data)
		return monitor_refuse(f, MONITOR_GENERIC, "out of memory");
	if (m->ops->device_del(m->arg, name, &err)) {
		json_decref(data);
		return monitor_refuse_error(f, &err);
	}
	monitor_event(m, "DEVICE_DELETED", data);
	return 0;
}
