/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor/hmp.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "mem/mtree.h"
#include "monitor/action.h"
#include "monitor/hmp_line.h"
#include "monitor/keyval.h"

/* Returns -1. */
static int say_fault(const struct hmp_call *c, const struct monitor_fault *f)
{
	text_add(c->out, "Error: %s\n", f->desc);
	return -1;
}

static int show(const struct hmp_call *c, enum monitor_info what, unsigned flags)
{
	c->m->ops->info(c->m->arg, what, flags, c->out);
	return 0;
}

/* --- info --- */

static int info_mtree(const struct hmp_call *c)
{
	unsigned flags = (c->flags & 1 ? MTREE_FLAT : 0) | (c->flags & 8 ? MTREE_DISABLED : 0);

	if (!(c->flags & 6))
		return show(c, MONITOR_INFO_MTREE, flags);
	text_add(c->out, "Error: a dispatch tree (-d) and owners (-o) are not modelled; -f "
			 "and -D are\n");
	return -1;
}

static int info_ramblock(const struct hmp_call *c)
{
	return show(c, MONITOR_INFO_RAMBLOCK, 0);
}

static int info_memory_devices(const struct hmp_call *c)
{
	return show(c, MONITOR_INFO_MEMORY_DEVICES, 0);
}

static int info_memory_size_summary(const struct hmp_call *c)
{
	return show(c, MONITOR_INFO_MEMORY_SIZE_SUMMARY, 0);
}

static int info_memdev(const struct hmp_call *c)
{
	return show(c, MONITOR_INFO_MEMDEV, 0);
}

static int info_numa(const struct hmp_call *c)
{
	return show(c, MONITOR_INFO_NUMA, 0);
}

static int info_status(const struct hmp_call *c)
{
	static const char *const states[] = {
		[MONITOR_PRELAUNCH] = "paused (prelaunch)",
		[MONITOR_RUNNING] = "running",
		[MONITOR_PAUSED] = "paused",
		[MONITOR_SHUTDOWN] = "paused (shutdown)",
	};

	text_add(c->out, "VM status: %s\n", states[c->m->ops->state(c->m->arg)]);
	return 0;
}

/* --- changing the guest --- */

static int object_add(const struct hmp_call *c)
{
	struct monitor_fault f = { .error_class = NULL };
	json_t *o = keyval_parse(c->arg, "qom-type", &f);
	const char *type = json_string_value(json_object_get(o, "qom-type"));
	const struct qmp_arg *const *args = type ? qmp_args_of_object(type) : NULL;
	int rc = 0;

	if (!o || (args && keyval_type(o, args, &f)) || action_object_add(c->m, o, &f))
		rc = say_fault(c, &f);
	json_decref(o);
	return rc;
}

static int object_del(const struct hmp_call *c)
{
	struct monitor_fault f = { .error_class = NULL };

	return action_object_del(c->m, c->arg, &f) ? say_fault(c, &f) : 0;
}

static int device_add(const struct hmp_call *c)
{
	struct monitor_fault f = { .error_class = NULL };
	json_t *o = keyval_parse(c->arg, "driver", &f);
	int rc = 0;

	if (!o || action_device_add(c->m, o, &f))
		rc = say_fault(c, &f);
	json_decref(o);
	return rc;
}

static int device_del(const struct hmp_call *c)
{
	struct monitor_fault f = { .error_class = NULL };

	return action_device_del(c->m, c->arg, &f) ? say_fault(c, &f) : 0;
}

static int stop(const struct hmp_call *c)
{
	action_stop(c->m);
	return 0;
}

static int cont(const struct hmp_call *c)
{
	struct monitor_fault f = { .error_class = NULL };

	return action_cont(c->m, &f) ? say_fault(c, &f) : 0;
}

static int quit(const struct hmp_call *c)
{
	action_quit(c->m);
	return 0;
}

/* --- the table --- */

static int help(const struct hmp_call *c);
static int info_help(const struct hmp_call *c);

static const struct hmp_command info_table[] = {
	{ .name = "memdev", .help = "memory backends", .run = info_memdev },
	{ .name = "memory-devices", .help = "DIMMs", .run = info_memory_devices },
	{ .name = "memory_size_summary",
	  .help = "bytes of memory at the start, and plugged in since",
	  .run = info_memory_size_summary },
	{ .name = "mtree",
	  .takes = HMP_FLAGS,
	  .flags = "fdoD",
	  .params = "[-f][-D]",
	  .help = "memory regions (-f: flat views; -D: disabled regions too)",
	  .run = info_mtree },
	{ .name = "numa", .help = "NUMA nodes and their memory", .run = info_numa },
	{ .name = "ramblock", .help = "RAM blocks", .run = info_ramblock },
	{ .name = "status", .help = "whether the guest runs", .run = info_status },
	{ .name = NULL },
};

static const struct hmp_command table[] = {
	{ .name = "cont|c", .help = "let the guest run", .run = cont },
	{ .name = "device_add",
	  .takes = HMP_ANYTHING,
	  .params = "driver[,prop=value][,...]",
	  .help = "plug a DIMM in: pc-dimm,memdev=ID",
	  .run = device_add },
	{ .name = "device_del",
	  .takes = HMP_WORD,
	  .params = "device",
	  .help = "pull a DIMM out",
	  .run = device_del },
	{ .name = "help|?",
	  .takes = HMP_ANYTHING,
	  .params = "[cmd]",
	  .help = "these lines",
	  .run = help },
	{ .name = "info",
	  .params = "[subcommand]",
	  .help = "show something of the guest",
	  .run = info_help,
	  .sub = info_table },
	{ .name = "object_add",
	  .takes = HMP_REST,
	  .params = "[qom-type=]type,id=str[,prop=value][,...]",
	  .help = "make a memory backend",
	  .run = object_add },
	{ .name = "object_del",
	  .takes = HMP_WORD,
	  .params = "id",
	  .help = "remove a memory backend",
	  .run = object_del },
	{ .name = "quit|q", .help = "end the run", .run = quit },
	{ .name = "stop|s", .help = "halt the guest", .run = stop },
	{ .name = NULL },
};

/* --- help --- */

static void describe(struct text *t, const char *prefix, const struct hmp_command *c)
{
	text_add(t, "%s%s %s -- %s\n", prefix, c->name, c->params ? c->params : "", c->help);
}

static void describe_all(struct text *t, const char *prefix, const struct hmp_command *c)
{
	for (; c->name; c++)
		describe(t, prefix, c);
}

static int info_help(const struct hmp_call *c)
{
	describe_all(c->out, "info ", info_table);
	return 0;
}

static bool is_info(const struct hmp_command *cmd)
{
	for (const struct hmp_command *c = info_table; c->name; c++)
		if (c == cmd)
			return true;
	return false;
}

static int help(const struct hmp_call *c)
{
	const struct hmp_command *cmd;
	const char *rest;

	if (!*c->arg) {
		describe_all(c->out, "", table);
		return 0;
	}
	cmd = hmp_line_find(table, c->arg, &rest, c->out);
	if (cmd && cmd->sub)
		describe_all(c->out, "info ", cmd->sub);
	else if (cmd)
		describe(c->out, is_info(cmd) ? "info " : "", cmd);
	return cmd ? 0 : -1;
}

/* How the command was written: up to what it takes. */
static int written(const char *line, const char *rest)
{
	while (rest > line && isspace((unsigned char)rest[-1]))
		rest--;
	return (int)(rest - line);
}

int hmp_run(const struct monitor *m, const char *line, struct text *t)
{
	struct hmp_call c = { .m = m, .out = t };
	const struct hmp_command *cmd;
	const char *rest;
	char *arg;
	int rc = -1;

	if (!line[strspn(line, " \t\n\v\f\r")])
		return 0;
	cmd = hmp_line_find(table, line, &rest, t);
	if (!cmd)
		return -1;
	if (hmp_line_read(cmd, rest, &c, &arg))
		rc = cmd->run(&c);
	else
		text_add(t, "Try \"help %.*s\" for more information\n", written(line, rest),
			 line);
	sim_free(arg);
	return rc;
}
