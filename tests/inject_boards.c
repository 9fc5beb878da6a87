/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_boards.c - boards for test_inject: built, booted, DIMMs and RAM that come and go; a refusal changes nothing */
#include "config.h"

#include "inject_subjects.h"

#include <assert.h>

#include "mem/board.h"
#include "mem/host_backing.h"
#include "mem/mtree.h"

static const char parts[] =
	"{\"board\": \"q35\", \"devices\": [{\"driver\": \"x\", \"pci\": \"auto\", \"regions\": ["
	"{\"name\": \"rom\", \"kind\": \"rom\", \"in\": \"pci\", \"size\": 4096, \"bar\": "
	"\"rom\", \"block\": {\"idstr\": \"rom\"}}]}],"
	"\"boot\": [{\"pam\": \"0x90\", \"value\": \"0x30\"}, {\"bars\": true}, {\"rom\": "
	"\"x\"}]}";

static int set_region(void *arg, const struct kvm_slot_region *r, struct sim_error *err)
{
	(void)arg;
	(void)r;
	(void)err;
	return 0;
}

static const struct kvm_slots_ops slots = { .set_region = set_region };

static int plug_in(struct board *b, struct sim_error *err)
{
	struct backend_options o = { .id = (char[]){ "m" }, .size = 2 << 20 };
	struct dimm_options d = { .id = (char[]){ "d" },
				  .memdev = (char[]){ "m" },
				  .slot = DIMM_SLOT_AUTO };
	int rc = 0;

	o.backing = backing_defaults(BACKING_ANONYMOUS);
	if (!board_backend_at(b, 1))
		rc = board_object_add(b, &o, err);
	return rc ? rc : board_device_add(b, &d, err);
}

static int plug_out(struct board *b, struct sim_error *err)
{
	int rc = board_device_del(b, "d", err);

	return rc ? rc : board_object_del(b, "m", err);
}

/* What failed can be tried again (without KVM, which may have refused a record). */
static int plug(struct board *b, struct sim_error *err)
{
	int in = plug_in(b, err), out;

	if (in && (board_slots(b) || plug_in(b, NULL)))
		return in;
	assert(board_dimm_at(b, 0) && board_backend_at(b, 1)->is_mapped);
	out = plug_out(b, err);
	if (out && (board_slots(b) || plug_out(b, NULL)))
		return out;
	assert(!board_dimm_at(b, 0) && !board_backend_at(b, 1));
	return in ? in : out;
}

static int print(struct board *b, struct sim_error *err)
{
	struct text t = { .s = NULL };
	int failed;

	mtree_info(b, MTREE_FLAT, &t);
	mtree_info(b, 0, &t);
	failed = t.failed;
	text_fini(&t);
	return failed ? sim_fail_nomem(err) : 0;
}

static int run_board(struct host *h, const struct board_options *o, struct sim_error *err)
{
	struct board_config cfg = { .options = o,
				    .backing = &host_backing_ops,
				    .backing_arg = h,
				    .kvm = o->is_kvm ? &slots : NULL };
	struct board *b = NULL;
	struct jnode root;
	json_t *doc;
	int rc = json_parse(parts, sizeof(parts) - 1, "parts", &doc, &root, err);

	if (rc)
		return rc;
	cfg.parts = doc;
	rc = board_create(&b, &cfg, err);
	if (!rc)
		rc = board_boot(b, err);
	if (!rc)
		rc = print(b, err);
	if (!rc)
		rc = plug(b, err);
	board_destroy(b);
	json_decref(doc);
	return rc;
}

static int run_bare(struct host *h, struct sim_error *err)
{
	struct board_config cfg = { .backing = &host_backing_ops, .backing_arg = h };
	struct board *b;
	int rc = board_create(&b, &cfg, err);

	if (!rc)
		rc = board_add_ram(b, gpa_make(0), 1 << 20, false, err);
	if (!rc)
		rc = board_add_alias(b, gpa_make(1 << 20), 4096, gpa_make(0), false, err);
	if (!rc)
		rc = board_del_ram(b, gpa_make(1 << 20), err);
	if (!rc)
		rc = board_del_ram(b, gpa_make(0), err);
	board_destroy(b);
	return rc;
}

int inject_boards(void *arg, struct sim_error *err)
{
	static const struct host_config config = { .page_level = LEVEL_4K };
	struct board_options o;
	struct host *h;
	int rc = host_create(&h, &config, err);

	if (rc)
		return rc;
	rc = board_options_parse(&o, arg, err);
	if (!rc) {
		rc = run_board(h, &o, err);
		board_options_fini(&o);
	}
	if (!rc)
		rc = run_bare(h, err);
	host_destroy(h);
	return rc;
}
