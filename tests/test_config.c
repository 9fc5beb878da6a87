/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_config.c - run/experiment, run/setup, run/sources: what is read, each complaint */
#include "config.h"

#include "check.h"

#include <string.h>
#include <unistd.h>

#include "run/experiment.h"
#include "run/files.h"
#include "run/plan.h"
#include "run/real.h"

/* Plans only hash a trace: its bytes need not be one. */
static int make_trace(void **state)
{
	(void)state;
	return files_write("test_config_a.snt", "a", 1, NULL) ||
	       files_write("test_config_b.snt", "b", 1, NULL) ||
	       files_write("test_config_own.json", "{\"own\": 1}", 10, NULL);
}

static int remove_trace(void **state)
{
	(void)state;
	return unlink("test_config_a.snt") || unlink("test_config_b.snt") ||
	       unlink("test_config_own.json");
}

static int plan(struct plan *p, struct experiment *e, const char *text, struct sim_error *err)
{
	char top[512];
	int rc = experiment_parse(e, text, strlen(text), "x.json", err);

	if (rc)
		return rc;
	rc = plan_create(p, e, NULL, source_path(top, sizeof(top), ""), err);
	if (rc)
		experiment_fini(e);
	return rc;
}

#define HEAD "{\"name\": \"x\", \"traces\": [\"test_config_a.snt\"], "
#define BODY                                                                                   \
	HEAD "\"machine\": \"skylake-sp\", \"techniques\": [\"ept\"], \"cost\": "              \
	     "\"sandy-bridge\""

static void accept(struct plan *p, struct experiment *e, const char *text)
{
	struct sim_error err = { 0 };

	if (plan(p, e, text, &err))
		fail_msg("%s: %s", err.where, err.text);
}

static void done(struct plan *p, struct experiment *e)
{
	plan_fini(p);
	experiment_fini(e);
}

static void refuse(const char *text, const char *where, const char *why)
{
	struct sim_error err = { 0 };
	struct experiment e;
	struct plan p;

	assert_true(plan(&p, &e, text, &err) < 0);
	assert_true(err.code < 0);
	if (strcmp(err.where, where) != 0 || !strstr(err.text, why))
		fail_msg("%s: %s\nexpected %s: %s", err.where, err.text, where, why);
}

static void defaults_are_filled_in(void **state)
{
	struct experiment e;
	struct plan p;
	struct setup *s;

	(void)state;
	accept(&p, &e, BODY "}");
	assert_int_equal(p.n_rows, 1);
	assert_string_equal(p.point[0].key, "test_config_a,ept");
	s = &p.point[0].setup;
	assert_string_equal(s->machine.name, "skylake-sp");
	assert_string_equal(s->technique, "ept");
	assert_int_equal(s->host.page_level, LEVEL_4K);
	assert_true(s->host.prepopulated);
	assert_int_equal(s->host.layout, HOST_CONTIGUOUS);
	assert_int_equal(s->mmu.tdp_levels, 4);
	assert_true(s->mmu.use_vpid);
	assert_int_equal(s->mmu.shadow_quota, 0);
	assert_int_equal(s->mmu.kvm_version, 601);
	assert_false(s->mmu.no_mmio_caching);
	assert_false(s->mmu.leave_unsync_children);
	assert_false(s->mmu.pml);
	assert_int_equal(s->mmu.dirty_ring, 0);
	assert_string_equal(p.price[0].name, "sandy-bridge");
	assert_non_null(strstr(p.point[0].config, "\"page_size\": \"4K\""));
	assert_non_null(strstr(p.point[0].config, s->trace->hash));
	assert_non_null(strstr(p.point[0].config, s->machine_file->hash));
	done(&p, &e);
}

static void everything_can_be_said(void **state)
{
	struct experiment e;
	struct plan p;
	struct setup *s;

	(void)state;
	accept(&p, &e,
	       HEAD
	       "\"question\": \"why?\", \"techniques\": [\"spt\"], \"machine\": {\"model\": "
	       "\"skylake-sp\", \"stlb.entries\": 384}, \"host\": {\"page_size\": \"2M\", "
	       "\"populate\": false, \"layout\": \"fragmented\", \"seed\": 7}, \"mmu\": "
	       "{\"tdp_levels\": 5, \"vpid\": false, \"shadow_quota\": 64, \"kvm_version\": \"6.18\", \"mmio_caching\": "
	       "false, \"eager_zap_unsync_children\": false, \"pml\": true, \"dirty_ring\": 256}, \"cost\": "
	       "{\"model\": \"xeon-8269cy\", \"exit_cr3\": 5, \"base_cpi\": 0.5}, \"sweep\": "
	       "{}}");
	s = &p.point[0].setup;
	assert_int_equal(s->machine.stlb[0].g.entries, 384);
	assert_int_equal(s->host.page_level, LEVEL_2M);
	assert_false(s->host.prepopulated);
	assert_int_equal(s->host.layout, HOST_FRAGMENTED);
	assert_int_equal(s->host.seed, 7);
	assert_int_equal(s->mmu.tdp_levels, 5);
	assert_false(s->mmu.use_vpid);
	assert_int_equal(s->mmu.shadow_quota, 64);
	assert_int_equal(s->mmu.kvm_version, 618);
	assert_true(s->mmu.no_mmio_caching);
	assert_true(s->mmu.leave_unsync_children);
	assert_true(s->mmu.pml);
	assert_int_equal(s->mmu.dirty_ring, 256);
	assert_non_null(strstr(p.point[0].config, "\"dirty_ring\": 256"));
	assert_non_null(strstr(p.point[0].config, "\"pml\": true"));
	assert_non_null(strstr(p.point[0].config, "\"kvm_version\": \"6.18\""));
	assert_true(p.price[0].cycles[COUNTER_exit_cr3] > 4.9 &&
		    p.price[0].cycles[COUNTER_exit_cr3] < 5.1);
	assert_non_null(strstr(p.point[0].config, "\"stlb.entries\": 384"));
	done(&p, &e);
}

/* Whose content is the run's business. */
static void a_board_file_of_its_own(void **state)
{
	struct experiment e;
	struct plan p;
	struct memory_plan m;

	(void)state;
	accept(&p, &e,
	       BODY ", \"memory\": {\"m\": \"256M\", \"board\": "
		    "\"./test_config_own.json\"}}");
	m = guest_ram_plan(&p.point[0].setup.memory);
	assert_string_equal(m.parts_name, "./test_config_own.json");
	assert_int_equal(json_integer_value(json_object_get(m.parts, "own")), 1);
	assert_non_null(strstr(p.point[0].config, "\"name\": \"test_config_own\""));
	done(&p, &e);
	accept(&p, &e, BODY ", \"memory\": {\"m\": \"256M\", \"board\": \"q35\"}}");
	assert_non_null(strstr(p.point[0].setup.memory.board->path, "q35.json"));
	done(&p, &e);
	refuse(BODY ", \"memory\": {\"m\": \"256M\", \"board\": \"nowhere\"}}",
	       "x.json:$.memory.board", "no models/board/nowhere.json");
}

static void a_guest_makes_the_streams(void **state)
{
	struct experiment e;
	struct plan p;

	(void)state;
	accept(&p, &e, BODY "}");
	assert_null(strstr(p.point[0].config, "guest"));
	assert_string_equal(p.point[0].stream->path, p.point[0].setup.trace->path);
	done(&p, &e);
	accept(&p, &e,
	       BODY ", \"guest\": {}, \"sweep\": {\"guest.thp\": [\"always\", \"never\"], "
		    "\"host.seed\": [1, 2]}}");
	assert_int_equal(p.n_points, 4);
	assert_int_equal(p.streams.n, 2);
	assert_ptr_equal(p.point[0].stream, p.point[1].stream);
	assert_null(p.point[0].stream->path);
	assert_non_null(strstr(p.point[0].config, "\"thp\": \"always\""));
	assert_non_null(strstr(p.point[2].config, "\"thp\": \"never\""));
	done(&p, &e);
	refuse(BODY ", \"guest\": {\"thp\": \"sometimes\"}}", "x.json:$.guest.thp", "madvise");
	refuse(BODY ", \"guest\": []}", "x.json:$.guest", "object");
	refuse(BODY ", \"sweep\": {\"guest.thq\": [1, 2]}}", "x.json:$.sweep.\"guest.thq\"[0]",
	       "unknown key");
}

static void bad_structure_is_refused(void **state)
{
	(void)state;
	refuse("", "x.json:1:0", "not valid JSON");
	refuse("[]", "x.json:$", "must be an object");
	refuse("{\"name\": \"a\", \"name\": \"b\"}", "x.json:$.name", "stands twice (line 1");
	refuse("{\"a\": [1, {\"b\": 2}, {\"c.d\": {\"e\": \"x,{\\\"\", \"e\": 1}}]}",
	       "x.json:$.a[2].\"c.d\".e", "stands twice");
	refuse(BODY ", \"hosts\": {}}", "x.json:$.hosts", "unknown key");
	refuse(BODY ", \"memory\": \"-m 256M -S\"}", "x.json:$.memory", "leave it out");
	refuse("{}", "x.json:$.name", "missing");
	refuse("{\"name\": \"a/b\"}", "x.json:$.name", "letters, digits");
	refuse("{\"name\": \"\"}", "x.json:$.name", "letters, digits");
	refuse("{\"name\": \"a\", \"question\": 1}", "x.json:$.question", "must be a string");
	refuse("{\"name\": \"a\", \"machine\": 3}", "x.json:$.machine", "a model's name");
	refuse("{\"name\": \"a\", \"host\": \"4K\"}", "x.json:$.host", "must be an object");
	refuse("{\"name\": \"a\"}", "x.json:$.traces", "missing");
	refuse("{\"name\": \"a\", \"traces\": []}", "x.json:$.traces", "1..1000 values");
	refuse("{\"name\": \"a\", \"traces\": [1]}", "x.json:$.traces[0]", "must be a string");
	refuse("{\"name\": \"a\", \"traces\": [\"q\"], \"sweep\": []}", "x.json:$.sweep",
	       "must be an object");
	refuse("{\"name\": \"a\", \"traces\": [\"q\"]}", "x.json:$.techniques", "missing");
	refuse(BODY ", \"sweep\": {\"host.seed\": 3}}", "x.json:$.sweep.\"host.seed\"",
	       "a list of values or a range");
	refuse(BODY ", \"sweep\": {\"trace\": [\"q\"]}}", "x.json:$.traces",
	       "in the sweep too");
	refuse(HEAD "\"techniques\": [\"ept\", \"ept\"]}", "x.json:$.techniques[1]", "twice");
}

static void bad_values_are_refused(void **state)
{
	(void)state;
	refuse(BODY ", \"host\": {\"page_size\": \"3M\"}}", "x.json:$.host.page_size",
	       "one of 4K, 2M, 1G");
	refuse(BODY ", \"host\": {\"pages\": 1}}", "x.json:$.host.pages", "unknown key");
	refuse(BODY ", \"host\": {\"populate\": 1}}", "x.json:$.host.populate",
	       "true or false");
	refuse(BODY ", \"host\": {\"seed\": -1}}", "x.json:$.host.seed", "must be 0..");
	refuse(BODY ", \"mmu\": {\"tdp_levels\": 3}}", "x.json:$.mmu.tdp_levels",
	       "must be 4..5");
	refuse(BODY ", \"mmu\": {\"dirty_ring\": 128}}", "x.json:$.mmu.dirty_ring",
	       "a power of two of 256 to 65536");
	refuse(BODY ", \"mmu\": {\"dirty_ring\": 3000}}", "x.json:$.mmu.dirty_ring",
	       "a power of two");
	refuse(BODY ", \"mmu\": {\"dirty_ring\": 512, \"pml\": true}}",
	       "x.json:$.mmu.dirty_ring", "a power of two of 1024");
	refuse(HEAD
	       "\"machine\": \"haswell\", \"techniques\": [\"ept\"], \"mmu\": {\"pml\": true}, "
	       "\"cost\": \"sandy-bridge\"}",
	       "x.json:$.mmu.pml", "haswell has no page-modification logging");
	refuse(BODY ", \"mmu\": {\"quota\": 3}}", "x.json:$.mmu.quota", "unknown key");
	refuse(HEAD "\"machine\": \"skylake-sp\", \"techniques\": [\"vmware\"], \"cost\": "
		    "\"sandy-bridge\"}",
	       "x.json:$.techniques[0]", "must be one of native, ept");
	refuse(HEAD "\"machine\": \"skylake-sp\", \"techniques\": [\"npt\"], \"cost\": "
		    "\"sandy-bridge\"}",
	       "x.json:$.techniques[0]", "use ept");
	refuse(HEAD "\"machine\": {\"model\": \"skylake-sp\", \"stlb.entrees\": 1}, "
		    "\"techniques\": [\"ept\"], \"cost\": \"sandy-bridge\"}",
	       "x.json:$.machine.\"stlb.entrees\"", "");
	refuse(HEAD "\"machine\": {\"model\": \"skylake-sp\", \"stlb.entries\": 100}, "
		    "\"techniques\": [\"ept\"], \"cost\": \"sandy-bridge\"}",
	       "x.json:$.machine", "");
	refuse(HEAD "\"machine\": \"skylake-sp\", \"techniques\": [\"ept\"], \"cost\": "
		    "{\"model\": \"sandy-bridge\", \"exits\": 1}}",
	       "x.json:$.cost.exits", "no such price");
	refuse(HEAD "\"machine\": \"skylake-sp\", \"techniques\": [\"ept\"]}", "x.json:$.cost",
	       "missing");
}

static void file_names_that_cannot_name_results(void **state)
{
	(void)state;
	refuse("{\"name\": \"x\", \"traces\": [\"a/t.snt\", \"b/t.snt\"]}",
	       "x.json:$.traces[1]", "rename or link");
	refuse("{\"name\": \"x\", \"traces\": [\"a/my t.snt\"]}", "x.json:$.traces[0]",
	       "\"my t\" would name results");
}

static void a_swept_value_is_named_where_it_stands(void **state)
{
	(void)state;
	refuse(BODY ", \"sweep\": {\"machine.stlb.entries\": [1536, 100]}}",
	       "x.json:$.sweep.\"machine.stlb.entries\"[1]", "");
	refuse(BODY ", \"sweep\": {\"host.page_size\": [\"4K\", \"3M\"]}}",
	       "x.json:$.sweep.\"host.page_size\"[1]", "one of 4K");
	refuse(BODY ", \"sweep\": {\"mmu.tdp_levels\": {\"from\": 5, \"to\": 6, \"step\": 1}}}",
	       "x.json:$.sweep.\"mmu.tdp_levels\"", "must be 4..5");
	refuse(BODY ", \"sweep\": {\"cost.exit_cr3\": [1, -1]}}",
	       "x.json:$.sweep.\"cost.exit_cr3\"[1]", "must be 0..");
	refuse(HEAD "\"techniques\": [\"ept\"], \"cost\": \"sandy-bridge\", \"sweep\": "
		    "{\"machine\": [\"skylake-sp\", \"pentium\"]}}",
	       "x.json:$.sweep.machine[1]", "no models/machine/pentium.json");
	refuse("{\"name\": \"x\", \"machine\": \"skylake-sp\", \"cost\": \"sandy-bridge\", "
	       "\"techniques\": [\"ept\"], \"sweep\": {\"trace\": [\"nowhere\"]}}",
	       "x.json:$.sweep.trace[0]", "no traces/nowhere.snt");
	refuse(HEAD "\"machine\": {\"model\": \"pentium\"}, \"techniques\": [\"ept\"], "
		    "\"cost\": \"sandy-bridge\"}",
	       "x.json:$.machine.model", "no models/machine/pentium.json");
}

static void amd_tags_always(void **state)
{
#define ZEN "\"techniques\": [\"npt\"], \"cost\": \"sandy-bridge\", \"machine\": "
	(void)state;
	refuse(HEAD ZEN "\"zen2\", \"mmu\": {\"vpid\": false}}", "x.json:$.mmu.vpid",
	       "AMD processors always tag");
	refuse(HEAD ZEN "{\"model\": \"zen2\", \"vpid\": false}}", "x.json:$.machine.vpid",
	       "AMD processors always tag");
	refuse(HEAD "\"techniques\": [\"ept\"], \"cost\": \"sandy-bridge\", \"machine\": "
		    "\"zen2\"}",
	       "x.json:$.techniques[0]", "use npt");
#undef ZEN
}

static void missing_files_are_named(void **state)
{
	(void)state;
	refuse("{\"name\": \"x\", \"traces\": [\"nowhere\"], \"machine\": \"skylake-sp\", "
	       "\"techniques\": [\"ept\"], \"cost\": \"sandy-bridge\"}",
	       "x.json:$.traces[0]", "no traces/nowhere.snt here");
	refuse("{\"name\": \"x\", \"traces\": [\"./nowhere.snt\"], \"machine\": "
	       "\"skylake-sp\", \"techniques\": [\"ept\"], \"cost\": \"sandy-bridge\"}",
	       "x.json:$.traces[0]", "no trace file ./nowhere.snt");
	refuse(HEAD "\"machine\": \"pentium\", \"techniques\": [\"ept\"], \"cost\": "
		    "\"sandy-bridge\"}",
	       "x.json:$.machine", "no models/machine/pentium.json");
	refuse(HEAD
	       "\"machine\": \"skylake-sp\", \"techniques\": [\"ept\"], \"cost\": \"free\"}",
	       "x.json:$.cost", "no models/cost/free.json");
}

static void experiments_of_the_project_are_valid(void **state)
{
	static const char *const names[] = { "quickstart", "crossover" };
	struct sim_error err = { 0 };
	struct experiment e;
	char rel[64], path[512];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		snprintf(rel, sizeof(rel), "experiments/%s.json", names[i]);
		if (experiment_load(&e, source_path(path, sizeof(path), rel), &err))
			fail_msg("%s: %s", err.where, err.text);
		assert_string_equal(e.name, names[i]);
		experiment_fini(&e);
	}
}

static void without_a_device_there_is_no_real_host(void **state)
{
	struct sim_error err = { 0 };
	json_t *host = NULL;

	(void)state;
	assert_int_equal(real_host("nowhere/kvm", &host, &err), SIM_EUNSUP);
	assert_non_null(strstr(err.text, "nowhere/kvm, which cannot be opened"));
	err = (struct sim_error){ 0 };
	assert_int_equal(real_host("/dev/null", &host, &err), SIM_EUNSUP);
	assert_null(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_filled_in),
		cmocka_unit_test(everything_can_be_said),
		cmocka_unit_test(a_board_file_of_its_own),
		cmocka_unit_test(a_guest_makes_the_streams),
		cmocka_unit_test(bad_structure_is_refused),
		cmocka_unit_test(bad_values_are_refused),
		cmocka_unit_test(file_names_that_cannot_name_results),
		cmocka_unit_test(a_swept_value_is_named_where_it_stands),
		cmocka_unit_test(amd_tags_always),
		cmocka_unit_test(missing_files_are_named),
		cmocka_unit_test(experiments_of_the_project_are_valid),
		cmocka_unit_test(without_a_device_there_is_no_real_host),
	};

	return cmocka_run_group_tests_name("config", tests, make_trace, remove_trace);
}
