/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FILE_MAX 16384 /* of what is read of a file: the first processor of many */

const struct kvm_extension_info kvm_extension_info[KVM_EXTENSION_COUNT] = {
	[KVM_EXTENSION_USER_MEMORY] = { "USER_MEMORY", true },
	[KVM_EXTENSION_SET_TSS_ADDR] = { "SET_TSS_ADDR", true },
	[KVM_EXTENSION_EXT_CPUID] = { "EXT_CPUID", true },
	[KVM_EXTENSION_SYNC_MMU] = { "SYNC_MMU", true },
	[KVM_EXTENSION_READONLY_MEM] = { "READONLY_MEM", false },
	[KVM_EXTENSION_IMMEDIATE_EXIT] = { "IMMEDIATE_EXIT", false },
	[KVM_EXTENSION_BINARY_STATS] = { "BINARY_STATS_FD", false },
};

static const int extension_number[KVM_EXTENSION_COUNT] = {
	[KVM_EXTENSION_USER_MEMORY] = KVM_CAP_USER_MEMORY,
	[KVM_EXTENSION_SET_TSS_ADDR] = KVM_CAP_SET_TSS_ADDR,
	[KVM_EXTENSION_EXT_CPUID] = KVM_CAP_EXT_CPUID,
	[KVM_EXTENSION_SYNC_MMU] = KVM_CAP_SYNC_MMU,
	[KVM_EXTENSION_READONLY_MEM] = KVM_CAP_READONLY_MEM,
	[KVM_EXTENSION_IMMEDIATE_EXIT] = KVM_CAP_IMMEDIATE_EXIT,
	[KVM_EXTENSION_BINARY_STATS] = KVM_CAP_BINARY_STATS_FD,
};

struct param {
	const char *name, *path;
};

static const struct param params[KVM_PARAM_COUNT] = {
	[KVM_PARAM_EPT] = { "kvm_intel.ept", "/sys/module/kvm_intel/parameters/ept" },
	[KVM_PARAM_NPT] = { "kvm_amd.npt", "/sys/module/kvm_amd/parameters/npt" },
	[KVM_PARAM_PVM] = { "kvm_pvm", "/sys/module/kvm_pvm" },
	[KVM_PARAM_TDP_MMU] = { "kvm.tdp_mmu", "/sys/module/kvm/parameters/tdp_mmu" },
	[KVM_PARAM_MMIO_CACHING] = { "kvm.mmio_caching",
				     "/sys/module/kvm/parameters/mmio_caching" },
	[KVM_PARAM_NX_HUGE_PAGES] = { "kvm.nx_huge_pages",
				      "/sys/module/kvm/parameters/nx_huge_pages" },
	[KVM_PARAM_EAGER_ZAP_UNSYNC] = { "kvm.eager_zap_unsync_children",
					 "/sys/module/kvm/parameters/eager_zap_unsync_children" },
};

const char *kvm_param_name(enum kvm_param p)
{
	return params[p].name;
}

/* The start of a file, without the newline at its end; empty when there is none. */
static void read_text(const struct kvm_paths *paths, const char *name, char *text, size_t size)
{
	char path[256];
	ssize_t n = -1;
	int fd;

	text[0] = '\0';
	if (snprintf(path, sizeof(path), "%s%s", paths->root, name) >= (int)sizeof(path))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
}

static void probe_params(struct kvm_probe *p, const struct kvm_paths *paths)
{
	char path[256];

	for (unsigned i = 0; i < KVM_PARAM_COUNT; i++)
		if (i != KVM_PARAM_PVM)
			read_text(paths, params[i].path, p->param[i], sizeof(p->param[i]));
	snprintf(path, sizeof(path), "%s%s", paths->root, params[KVM_PARAM_PVM].path);
	if (!access(path, F_OK))
		snprintf(p->param[KVM_PARAM_PVM], sizeof(p->param[0]), "loaded");
}

/* What stands behind "key<blanks>:" in a text of lines; NULL: nothing does. */
static const char *value_of(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, n) || !strchr(" \t:", line[n]))
			continue;
		line += n + strspn(line + n, " \t:");
		return line;
	}
	return NULL;
}

static void copy_line(char *to, size_t size, const char *from)
{
	size_t n = from ? strcspn(from, "\n") : 0;

	snprintf(to, size, "%.*s", (int)(n < size ? n : size - 1), from ? from : "");
}

static unsigned number_of(const char *text, const char *key)
{
	const char *v = value_of(text, key);

	return v ? (unsigned)strtoul(v, NULL, 10) : 0;
}

static bool has_flag(const char *flags, const char *name)
{
	size_t end = flags ? strcspn(flags, "\n") : 0, n = strlen(name);

	for (const char *f = flags; f && f < flags + end; f += strcspn(f, " \n") + 1)
		if (!strncmp(f, name, n) && strchr(" \n", f[n]))
			return true;
	return false;
}

static void probe_cpu(struct kvm_cpu *cpu, const struct kvm_paths *paths)
{
	char text[FILE_MAX];
	const char *flags;

	read_text(paths, "/proc/cpuinfo", text, sizeof(text));
	copy_line(cpu->vendor, sizeof(cpu->vendor), value_of(text, "vendor_id"));
	copy_line(cpu->name, sizeof(cpu->name), value_of(text, "model name"));
	cpu->family = number_of(text, "cpu family");
	cpu->model = number_of(text, "model");
	cpu->stepping = number_of(text, "stepping");
	flags = value_of(text, "flags");
	cpu->has_amx = has_flag(flags, "amx_tile");
	cpu->has_avx512 = has_flag(flags, "avx512f");
}

static uint64_t huge_pages(const struct kvm_paths *paths, const char *size)
{
	char path[96], text[32];

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%s/free_hugepages",
		 size);
	read_text(paths, path, text, sizeof(text));
	return strtoull(text, NULL, 10);
}

static void probe_pages(struct kvm_pages *pages, const struct kvm_paths *paths)
{
	char text[4096];
	const char *v;

	read_text(paths, "/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof(text));
	v = strchr(text, '[');
	if (v)
		snprintf(pages->thp, sizeof(pages->thp), "%.*s", (int)strcspn(v + 1, "]"),
			 v + 1);
	pages->hugetlb[0] = huge_pages(paths, "2048kB");
	pages->hugetlb[1] = huge_pages(paths, "1048576kB");
	read_text(paths, "/proc/meminfo", text, sizeof(text));
	v = value_of(text, "MemAvailable");
	pages->available_bytes = v ? strtoull(v, NULL, 10) * 1024 : 0;
}

static void probe_device(struct kvm_probe *p, const char *device)
{
	int fd = open(device, O_RDWR | O_CLOEXEC);
	int n;

	if (fd < 0) {
		p->open_errno = errno;
		return;
	}
	p->api = ioctl(fd, KVM_GET_API_VERSION, 0);
	for (unsigned i = 0; i < KVM_EXTENSION_COUNT; i++) {
		n = ioctl(fd, KVM_CHECK_EXTENSION, extension_number[i]);
		p->extension[i] = n > 0 ? (unsigned)n : 0;
	}
	close(fd);
}

bool kvm_probe_can_replay(const struct kvm_probe *p)
{
	bool can = !p->open_errno && p->api == KVM_API_VERSION;

	for (unsigned i = 0; i < KVM_EXTENSION_COUNT; i++)
		can = can && (p->extension[i] || !kvm_extension_info[i].is_needed);
	return can;
}

void kvm_probe(struct kvm_probe *p, const struct kvm_paths *paths)
{
	*p = (struct kvm_probe){ 0 };
	probe_device(p, paths->device);
	probe_params(p, paths);
	probe_cpu(&p->cpu, paths);
	probe_pages(&p->pages, paths);
	read_text(paths, "/proc/sys/kernel/osrelease", p->kernel, sizeof(p->kernel));
	read_text(paths, "/proc/sys/kernel/perf_event_paranoid", p->paranoid,
		  sizeof(p->paranoid));
	if (kvm_probe_can_replay(p))
		kvm_behaviour_try(&p->behaviour, paths->device);
	p->mmu = kvm_behaviour_mmu(&p->behaviour, p->cpu.vendor);
}

/* Family 6 models from Linux arch/x86/include/asm/intel-family.h; the hidden ones by what they can do. */
static const char *intel_machine(const struct kvm_cpu *cpu)
{
	static const struct {
		unsigned model;
		const char *name;
	} known[] = {
		{ 0x1a, "nehalem" },	     { 0x1e, "nehalem" },
		{ 0x2e, "nehalem" },	     { 0x2a, "sandy-bridge" },
		{ 0x2d, "sandy-bridge" },    { 0x3a, "sandy-bridge" },
		{ 0x3e, "sandy-bridge" },    { 0x3c, "haswell" },
		{ 0x3f, "haswell" },	     { 0x45, "haswell" },
		{ 0x46, "haswell" },	     { 0x55, "skylake-sp" },
		{ 0x6a, "icelake-sp" },	     { 0x6c, "icelake-sp" },
		{ 0x8f, "sapphire-rapids" }, { 0xcf, "sapphire-rapids" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (cpu->family == 6 && cpu->model == known[i].model)
			return known[i].name;
	if (cpu->has_amx)
		return "sapphire-rapids";
	return cpu->has_avx512 ? "icelake-sp" : "skylake-sp";
}

const char *kvm_probe_machine(const struct kvm_cpu *cpu)
{
	if (strcmp(cpu->vendor, "AuthenticAMD"))
		return intel_machine(cpu);
	if (cpu->family >= 0x19)
		return cpu->model / 0x10 == 1 || cpu->model >= 0x60 ? "zen4" : "zen3";
	return "zen2";
}
