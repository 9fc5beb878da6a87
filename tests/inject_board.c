/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_board.c - a board's options for test_inject: read both ways, and written */
#include "inject_subjects.h"

#include "mem/board_options.h"

static const char line[] =
	"-machine q35,max-ram-below-4g=2G,memory-backend=n -m slots=2,maxmem=1G -smp 2 -accel kvm -vga none "
	"-nic user,model=e1000e,mac=x -drive if=none,id=y -serial none "
	"-object memory-backend-ram,id=n,size=128M -object iothread,id=i -mem-prealloc -device e1000,id=e "
	"-object '{\"qom-type\":\"memory-backend-memfd\",\"id\":\"d\",\"size\":67108864}' "
	"-device pc-dimm,memdev=d,id=x -object memory-backend-file,id=f,size=1M,mem-path=\"/a b\"";

static const char nodes[] =
	"-mem-path /x -object memory-backend-ram,id=n,size=128M -numa node,memdev=n";

static int parse(const char *text, struct sim_error *err)
{
	struct board_options o;
	int rc = board_options_parse(&o, text, err);

	board_options_fini(&o);
	return rc;
}

static int read_back(const struct board_options *o, struct sim_error *err)
{
	json_t *v = board_options_json(o);
	struct jnode root = json_root(v, "written");
	struct board_options back;
	int rc = v ? board_options_read(&back, &root, err) : sim_fail_nomem(err);

	if (!rc)
		board_options_fini(&back);
	json_decref(v);
	return rc;
}

int inject_board(void *arg, struct sim_error *err)
{
	struct board_options o;
	int rc = board_options_parse(&o, line, err);

	(void)arg;
	rc = rc ? rc : read_back(&o, err);
	rc = rc ? rc : parse(nodes, err);
	board_options_fini(&o);
	return rc;
}
