/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "monitor/qmp_commands.h"

#include <string.h>

#include "base/alloc.h"
#include "monitor/action.h"
#include "monitor/hmp.h"

/* --- about the monitor --- */

json_t *qmp_commands_version(void)
{
	return json_pack("{s:{s:i,s:i,s:i},s:s}", "qemu", "micro", 0, "minor", 2, "major", 7,
			 "package", PACKAGE_STRING);
}

static json_t *query_version(const struct monitor *m, const json_t *args,
			     struct monitor_fault *f)
{
	(void)m, (void)args, (void)f;
	return qmp_commands_version();
}

static json_t *capabilities(const struct monitor *m, const json_t *args,
			    struct monitor_fault *f)
{
	const json_t *enable = json_object_get(args, "enable");
	const char *s = json_string_value(json_array_get(enable, 0));

	(void)m;
	if (!s)
		return json_object();
	if (!strcmp(s, "oob"))
		monitor_refuse(f, MONITOR_GENERIC, "Capability oob not available");
	else
		monitor_refuse(f, MONITOR_GENERIC,
			       "Parameter 'null' does not accept value '%s'", s);
	return NULL;
}

static json_t *query_commands(const struct monitor *m, const json_t *args,
			      struct monitor_fault *f)
{
	json_t *all = json_array();
	int rc = 0;

	(void)m, (void)args, (void)f;
	for (const struct qmp_command *c = qmp_commands; c->name; c++)
		rc |= json_array_append_new(all, json_pack("{s:s}", "name", c->name));
	if (!rc)
		return all;
	json_decref(all);
	return NULL;
}

/* --- about the guest --- */

static json_t *query_name(const struct monitor *m, const json_t *args, struct monitor_fault *f)
{
	(void)m, (void)args, (void)f;
	return json_object();
}

static json_t *query_status(const struct monitor *m, const json_t *args,
			    struct monitor_fault *f)
{
	static const char *const names[] = {
		[MONITOR_PRELAUNCH] = "prelaunch",
		[MONITOR_RUNNING] = "running",
		[MONITOR_PAUSED] = "paused",
		[MONITOR_SHUTDOWN] = "shutdown",
	};
	enum monitor_state s = m->ops->state(m->arg);

	(void)args, (void)f;
	return json_pack("{s:s,s:b,s:b}", "status", names[s], "singlestep", 0, "running",
			 s == MONITOR_RUNNING);
}

static json_t *of_dimm(const struct board_dimm *d)
{
	char *memdev = sim_asprintf("/objects/%s", d->backend->id);
	json_t *data =
		memdev ? json_pack("{s:s,s:b,s:I,s:b,s:I,s:i,s:i}", "memdev", memdev,
				   "hotplugged", d->hotplugged, "addr", (json_int_t)d->addr,
				   "hotpluggable", 1, "size", (json_int_t)d->size, "slot",
				   d->slot, "node", (int)d->node)
		       : NULL;

	sim_free(memdev);
	if (d->id && json_object_set_new(data, "id", json_string(d->id))) {
		json_decref(data);
		data = NULL;
	}
	return json_pack("{s:s,s:o}", "type", "dimm", "data", data);
}

static json_t *query_memory_devices(const struct monitor *m, const json_t *args,
				    struct monitor_fault *f)
{
	json_t *all = json_array();
	const struct board_dimm *d;
	int rc = all ? 0 : -1;

	(void)args, (void)f;
	for (size_t i = 0; !rc && (d = m->ops->dimm_at(m->arg, i)); i++)
		rc = json_array_append_new(all, of_dimm(d));
	if (!rc)
		return all;
	json_decref(all);
	return NULL;
}

static json_t *query_memory_size_summary(const struct monitor *m, const json_t *args,
					 struct monitor_fault *f)
{
	(void)args, (void)f;
	return json_pack("{s:I,s:I}", "base-memory", (json_int_t)m->ops->base_memory(m->arg),
			 "plugged-memory", (json_int_t)m->ops->plugged_memory(m->arg));
}

static json_t *host_nodes(const struct backing_config *c)
{
	json_t *nodes = json_array();
	int rc = nodes ? 0 : -1;

	for (unsigned i = 0; i < BACKING_NODES_MAX && !rc; i++)
		if (c->host_nodes[i / 8] & (1u << i % 8))
			rc = json_array_append_new(nodes, json_integer(i));
	if (!rc)
		return nodes;
	json_decref(nodes);
	return NULL;
}

static json_t *of_backend(const struct board_backend *b)
{
	static const char *const policies[] = {
		[NUMA_DEFAULT] = "default",
		[NUMA_PREFERRED] = "preferred",
		[NUMA_BIND] = "bind",
		[NUMA_INTERLEAVE] = "interleave",
	};
	const struct backing_config *c = &b->options.backing;
	json_t *o =
		json_pack("{s:b,s:b,s:b,s:o,s:I,s:b,s:b,s:s}", "share", c->is_shared, "reserve",
			  c->has_reserve, "prealloc", c->has_prealloc, "host-nodes",
			  host_nodes(c), "size", (json_int_t)b->options.size, "merge",
			  c->has_merge, "dump", c->has_dump, "policy", policies[c->policy]);

	if (b->id && json_object_set_new(o, "id", json_string(b->id))) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *query_memdev(const struct monitor *m, const json_t *args,
			    struct monitor_fault *f)
{
	json_t *all = json_array();
	const struct board_backend *b;
	int rc = all ? 0 : -1;

	(void)args, (void)f;
	for (size_t i = 0; !rc && (b = m->ops->backend_at(m->arg, i)); i++)
		rc = json_array_append_new(all, of_backend(b));
	if (!rc)
		return all;
	json_decref(all);
	return NULL;
}

/* --- changing it --- */

static json_t *done(int rc)
{
	return rc ? NULL : json_object();
}

static json_t *object_add(const struct monitor *m, const json_t *args, struct monitor_fault *f)
{
	return done(action_object_add(m, args, f));
}

static json_t *object_del(const struct monitor *m, const json_t *args, struct monitor_fault *f)
{
	return done(action_object_del(m, json_string_value(json_object_get(args, "id")), f));
}

static json_t *device_add(const struct monitor *m, const json_t *args, struct monitor_fault *f)
{
	return done(action_device_add(m, args, f));
}

static json_t *device_del(const struct monitor *m, const json_t *args, struct monitor_fault *f)
{
	return done(action_device_del(m, json_string_value(json_object_get(args, "id")), f));
}

static json_t *stop(const struct monitor *m, const json_t *args, struct monitor_fault *f)
{
	(void)args, (void)f;
	action_stop(m);
	return json_object();
}

static json_t *cont(const struct monitor *m, const json_t *args, struct monitor_fault *f)
{
	(void)args;
	return done(action_cont(m, f));
}

static json_t *quit(const struct monitor *m, const json_t *args, struct monitor_fault *f)
{
	(void)args, (void)f;
	action_quit(m);
	return json_object();
}

/* Lines of a terminal end in \r\n. */
static json_t *terminal(const struct text *t)
{
	struct text out = { .s = NULL };
	json_t *s = NULL;

	for (size_t i = 0; i < t->n; i++)
		text_add(&out, t->s[i] == '\n' ? "\r%c" : "%c", t->s[i]);
	if (!t->failed && !out.failed)
		s = out.n ? json_stringn(out.s, out.n) : json_string("");
	text_fini(&out);
	return s;
}

static json_t *human(const struct monitor *m, const json_t *args, struct monitor_fault *f)
{
	const json_t *cpu = json_object_get(args, "cpu-index");
	struct text t = { .s = NULL };
	json_t *s;

	if (cpu && json_integer_value(cpu) != 0) {
		monitor_refuse(f, MONITOR_GENERIC,
			       "Parameter 'cpu-index' expects a CPU number");
		return NULL;
	}
	(void)hmp_run(m, json_string_value(json_object_get(args, "command-line")), &t);
	s = terminal(&t);
	text_fini(&t);
	return s;
}

/* --- the table --- */

static const struct qmp_arg no_args[] = { { .name = NULL } };
static const struct qmp_arg enable_args[] = {
	{ .name = "enable", .type = QMP_STRINGS },
	{ .name = NULL },
};
static const struct qmp_arg id_args[] = {
	{ .name = "id", .is_required = true },
	{ .name = NULL },
};
static const struct qmp_arg human_args[] = {
	{ .name = "command-line", .is_required = true },
	{ .name = "cpu-index", .type = QMP_INT },
	{ .name = NULL },
};

static const char *const targets[] = { "vm", "vcpu", "cryptodev", NULL };
static const struct qmp_arg stats_args[] = {
	{ .name = "target", .type = QMP_ENUM, .is_required = true, .names = targets },
	{ .name = "providers", .type = QMP_PROVIDERS },
	{ .name = NULL },
};

const struct qmp_command qmp_commands[] = {
	{ "qmp_capabilities", enable_args, capabilities },
	{ "query-version", no_args, query_version },
	{ "query-commands", no_args, query_commands },
	{ "query-name", no_args, query_name },
	{ "query-status", no_args, query_status },
	{ "query-memory-devices", no_args, query_memory_devices },
	{ "query-memory-size-summary", no_args, query_memory_size_summary },
	{ "query-memdev", no_args, query_memdev },
	{ "query-stats", stats_args, qmp_stats_query },
	{ "object-add", NULL, object_add },
	{ "object-del", id_args, object_del },
	{ "device_add", NULL, device_add },
	{ "device_del", id_args, device_del },
	{ "stop", no_args, stop },
	{ "cont", no_args, cont },
	{ "quit", no_args, quit },
	{ "human-monitor-command", human_args, human },
	{ NULL, NULL, NULL },
};

const struct qmp_command *qmp_commands_find(const char *name)
{
	for (const struct qmp_command *c = qmp_commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}
