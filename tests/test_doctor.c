/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_doctor.c - kvm/probe, kvm/behaviour and kvm/doctor on machines made of a few files; a real KVM where there is one */
#include "config.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvm/doctor.h"

/* A folder that stands for the root of a machine. */
struct machine_files {
	char root[64];
	struct kvm_paths paths;
};

static void files_begin(struct machine_files *f)
{
	snprintf(f->root, sizeof(f->root), "test_doctor.XXXXXX");
	assert_non_null(mkdtemp(f->root));
	f->paths = (struct kvm_paths){ "test_doctor.no-device", f->root };
}

static void files_end(struct machine_files *f)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf '%s'", f->root);
	assert_int_equal(system(command), 0);
}

static void put(struct machine_files *f, const char *path, const char *text)
{
	char whole[256];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s", f->root, path);
	for (char *slash = strchr(whole + strlen(f->root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(whole, 0700))
			assert_int_equal(errno, EEXIST);
		*slash = '/';
	}
	file = fopen(whole, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static const struct doctor_line *line(const struct doctor *d, const char *what)
{
	for (unsigned i = 0; i < d->n; i++)
		if (!strcmp(d->line[i].what, what))
			return &d->line[i];
	fail_msg("no line \"%s\"", what);
	return NULL;
}

static void a_machine_is_read_from_its_files(void **state)
{
	struct machine_files f;
	struct kvm_probe p;

	(void)state;
	files_begin(&f);
	put(&f, "/proc/cpuinfo",
	    "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
	    "model name\t: A Xeon\nstepping\t: 7\nflags\t\t: fpu vme avx512f pcid\n\n"
	    "processor\t: 1\nmodel\t\t: 99\n");
	put(&f, "/proc/sys/kernel/osrelease", "6.1.0-21-amd64\n");
	put(&f, "/proc/sys/kernel/perf_event_paranoid", "3\n");
	put(&f, "/proc/meminfo", "MemTotal: 9 kB\nMemAvailable:   2048 kB\n");
	put(&f, "/sys/module/kvm_intel/parameters/ept", "Y\n");
	put(&f, "/sys/module/kvm/parameters/mmio_caching", "N\n");
	put(&f, "/sys/module/kvm_pvm/version", "1\n");
	put(&f, "/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
	put(&f, "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "12\n");
	kvm_probe(&p, &f.paths);
	assert_string_equal(p.cpu.vendor, "GenuineIntel");
	assert_string_equal(p.cpu.name, "A Xeon");
	assert_int_equal(p.cpu.family, 6);
	assert_int_equal(p.cpu.model, 85);
	assert_int_equal(p.cpu.stepping, 7);
	assert_true(p.cpu.has_avx512);
	assert_false(p.cpu.has_amx);
	assert_string_equal(p.kernel, "6.1.0-21-amd64");
	assert_string_equal(p.paranoid, "3");
	assert_int_equal(p.pages.available_bytes, 2 << 20);
	assert_string_equal(p.pages.thp, "madvise");
	assert_int_equal(p.pages.hugetlb[0], 12);
	assert_int_equal(p.pages.hugetlb[1], 0);
	assert_string_equal(p.param[KVM_PARAM_EPT], "Y");
	assert_string_equal(p.param[KVM_PARAM_NPT], "");
	assert_string_equal(p.param[KVM_PARAM_PVM], "loaded");
	assert_string_equal(p.param[KVM_PARAM_MMIO_CACHING], "N");
	assert_string_equal(kvm_probe_machine(&p.cpu), "skylake-sp");
	files_end(&f);
}

static void a_machine_without_anything_is_told(void **state)
{
	struct machine_files f;
	struct kvm_probe p;
	struct doctor d;

	(void)state;
	files_begin(&f);
	kvm_probe(&p, &f.paths);
	doctor_probe(&d, &p, &f.paths);
	assert_int_equal(p.open_errno, ENOENT);
	assert_false(kvm_probe_can_replay(&p));
	assert_int_equal(p.mmu, KVM_MMU_UNKNOWN);
	assert_int_equal(line(&d, f.paths.device)->verdict, DOCTOR_MISSING);
	assert_string_not_equal(line(&d, f.paths.device)->next, "");
	assert_int_equal(line(&d, "KVM extensions")->verdict, DOCTOR_MISSING);
	assert_int_equal(line(&d, "MMU, by what it does")->verdict, DOCTOR_MISSING);
	assert_int_equal(line(&d, "KVM's statistics")->verdict, DOCTOR_MISSING);
	assert_int_equal(line(&d, "transparent huge pages")->verdict, DOCTOR_MISSING);
	assert_string_equal(line(&d, "kvm_intel.ept")->found, "absent");
	files_end(&f);
}

static void a_device_that_is_no_kvm_is_told(void **state)
{
	struct kvm_paths paths = { "/dev/null", "test_doctor.nowhere" };
	struct kvm_probe p;
	struct doctor d;

	(void)state;
	kvm_probe(&p, &paths);
	doctor_probe(&d, &p, &paths);
	assert_int_equal(p.open_errno, 0);
	assert_false(kvm_probe_can_replay(&p));
	assert_int_equal(line(&d, "/dev/null")->verdict, DOCTOR_MISSING);
	assert_non_null(strstr(line(&d, "/dev/null")->found, "answers no call"));
}

static void refused_permission_is_told(void **state)
{
	struct kvm_paths paths = { "/dev/kvm", "" };
	struct kvm_probe p = { .open_errno = EACCES };
	struct doctor d;

	(void)state;
	doctor_probe(&d, &p, &paths);
	assert_non_null(strstr(line(&d, "/dev/kvm")->next, "group"));
}

static void behaviour_decides(void **state)
{
	static const struct {
		struct kvm_behaviour b;
		const char *vendor;
		enum kvm_mmu mmu;
	} rows[] = {
		{ { .is_tried = true, .second_gva = 1, .invlpg = 1 },
		  "GenuineIntel",
		  KVM_MMU_SHADOW },
		{ { .is_tried = true, .second_gva = 1, .invlpg = 1 },
		  "AuthenticAMD",
		  KVM_MMU_SHADOW },
		{ { .is_tried = true, .host_edit = 1 }, "GenuineIntel", KVM_MMU_EPT },
		{ { .is_tried = true, .host_edit = 1 }, "AuthenticAMD", KVM_MMU_NPT },
		{ { .is_tried = true }, "GenuineIntel", KVM_MMU_UNKNOWN },
		{ { .is_tried = true, .second_gva = 1, .host_edit = 1 },
		  "GenuineIntel",
		  KVM_MMU_UNKNOWN },
		{ { .second_gva = 1 }, "GenuineIntel", KVM_MMU_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(kvm_behaviour_mmu(&rows[i].b, rows[i].vendor), rows[i].mmu);
}

static void processors_find_their_model(void **state)
{
	static const struct {
		struct kvm_cpu cpu;
		const char *model;
	} rows[] = {
		{ { .vendor = "GenuineIntel", .family = 6, .model = 0x2d }, "sandy-bridge" },
		{ { .vendor = "GenuineIntel", .family = 6, .model = 0x6a }, "icelake-sp" },
		{ { .vendor = "GenuineIntel", .family = 6, .model = 0x8f }, "sapphire-rapids" },
		{ { .vendor = "GenuineIntel", .family = 6, .model = 0xa7, .has_amx = true },
		  "sapphire-rapids" },
		{ { .vendor = "GenuineIntel", .family = 6, .model = 0xa7, .has_avx512 = true },
		  "icelake-sp" },
		{ { .vendor = "GenuineIntel", .family = 6, .model = 0xff }, "skylake-sp" },
		{ { .vendor = "AuthenticAMD", .family = 0x17, .model = 0x31 }, "zen2" },
		{ { .vendor = "AuthenticAMD", .family = 0x19, .model = 0x01 }, "zen3" },
		{ { .vendor = "AuthenticAMD", .family = 0x19, .model = 0x11 }, "zen4" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[512], rel[96];

		assert_string_equal(kvm_probe_machine(&rows[i].cpu), rows[i].model);
		snprintf(rel, sizeof(rel), "models/machine/%s.json", rows[i].model);
		assert_int_equal(access(source_path(path, sizeof(path), rel), R_OK), 0);
	}
}

static void counters_that_are_absent_have_a_reason(void **state)
{
	const struct kvm_probe probe = { .paranoid = "2" };
	struct perf_values v;
	struct doctor d = { .n = 0 };
	struct perf p;

	(void)state;
	perf_open(&p);
	perf_read(&p, &v);
	for (unsigned e = 0; e < PERF_EVENT_COUNT; e++)
		for (unsigned s = 0; s < PERF_SIDE_COUNT; s++)
			if (p.counter[e][s].fd < 0) {
				assert_string_not_equal(p.counter[e][s].why, "");
				assert_int_equal(v.value[e][s], 0);
			} else {
				assert_string_not_equal(p.counter[e][s].event, "");
			}
	doctor_perf(&d, &p, &probe);
	assert_int_equal(line(&d, "hardware counters")->verdict == DOCTOR_NOTE ||
				 line(&d, "hardware counters")->verdict == DOCTOR_GOOD,
			 true);
	perf_close(&p);
	assert_int_equal(perf_present(&p), 0);
}

static void lines_are_the_same_in_json(void **state)
{
	const struct kvm_probe p = { .mmu = KVM_MMU_NPT, .kernel = "6.1" };
	struct doctor d = { .n = 0 };
	json_t *doc;

	(void)state;
	doctor_tool(&d, "gnuplot", NULL, "figures need it");
	doctor_tool(&d, "sh", "/bin/sh", "everything needs it");
	doc = doctor_json(&d, &p);
	assert_non_null(doc);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(doc, "host"), "mmu")), "npt");
	assert_int_equal(json_array_size(json_object_get(doc, "lines")), 2);
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(json_object_get(doc, "lines"), 0), "next")),
			    "figures need it");
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(json_object_get(doc, "lines"), 1), "found")),
			    "/bin/sh");
	json_decref(doc);
}

/* The statistics that scenarios are compared by, and one answer to the question of the MMU. */
static void a_real_kvm_is_tried(void **state)
{
	struct kvm_paths paths = { "/dev/kvm", "" };
	struct kvm_probe p;

	(void)state;
	kvm_probe(&p, &paths);
	if (!kvm_probe_can_replay(&p)) {
		print_message("# no usable /dev/kvm\n");
		skip();
	}
	if (!p.behaviour.is_tried)
		fail_msg("not tried: %s", p.behaviour.why);
	assert_int_not_equal(p.mmu, KVM_MMU_UNKNOWN);
	assert_true(p.behaviour.have[COUNTER_pf_fixed]);
	if (p.param[KVM_PARAM_PVM][0])
		assert_int_equal(p.mmu, KVM_MMU_SHADOW);
	assert_int_equal(p.behaviour.invlpg, p.mmu == KVM_MMU_SHADOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_is_read_from_its_files),
		cmocka_unit_test(a_machine_without_anything_is_told),
		cmocka_unit_test(a_device_that_is_no_kvm_is_told),
		cmocka_unit_test(refused_permission_is_told),
		cmocka_unit_test(behaviour_decides),
		cmocka_unit_test(processors_find_their_model),
		cmocka_unit_test(counters_that_are_absent_have_a_reason),
		cmocka_unit_test(lines_are_the_same_in_json),
		cmocka_unit_test(a_real_kvm_is_tried),
	};

	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
