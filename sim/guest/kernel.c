/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel's half of every address space (Linux, Documentation/x86/x86_64/mm.rst): the direct map of all RAM, the
 * kernel's text, the processor's entry area, and whatever else the input touches there. One set of tables, whose entries in
 * the root each process copies.
 */
#include "base/alloc.h"
#include "guest/gpt.h"

/* PAGE_KERNEL: 0x8000000000000163, as captures show it. */
#define KERNEL_RW   (PTE_P | PTE_W | PTE_A | PTE_D | PTE_NX)
#define KERNEL_RX   (PTE_P | PTE_A | PTE_D)
#define KERNEL_RWX  (PTE_P | PTE_W | PTE_A | PTE_D)
#define TEXT_GFN    ((uint64_t)16 << 8) /* CONFIG_PHYSICAL_START: 16 MiB */
#define TEXT_BLOCKS 16u /* 32 MiB for the image, of which the first half is text */
#define ENTRY_PAGES 4u

/* With KPTI the kernel's pages are not global (arch/x86/mm/pti.c), but for what both roots have. */
static uint64_t global(const struct guest_os *g)
{
	return g->cfg.kpti ? 0 : PTE_G;
}

static int map_leaf(struct guest_os *g, uint64_t gva, uint64_t entry, unsigned level,
		    struct sim_error *err)
{
	uint64_t table;
	int rc = gpt_make(g, g->init_root, gva, level, &table, err);

	return rc ? rc : gpt_store(g, table, level_index(gva, level), entry, err);
}

/* The largest leaf that Linux takes at gfn: it leaves the first 2 MiB in small pages, and the first GiB in 2M ones. */
static unsigned direct_level(const struct guest_os *g, uint64_t gfn, uint64_t end)
{
	uint64_t gib = level_frames(LEVEL_1G);

	if (g->cfg.direct_map == GUEST_DIRECT_1G && gfn && !(gfn % gib) && end - gfn >= gib)
		return LEVEL_1G;
	if (gfn >= FRAMES_HUGE && !(gfn % FRAMES_HUGE) && end - gfn >= FRAMES_HUGE)
		return LEVEL_2M;
	return LEVEL_4K;
}

static int map_ram(struct guest_os *g, const struct trace_ram *ram, struct sim_error *err)
{
	uint64_t gfn = ram->gpa >> PAGE_SHIFT, end = (ram->gpa + ram->bytes) >> PAGE_SHIFT;
	int rc = 0;

	while (!rc && gfn < end) {
		unsigned level = direct_level(g, gfn, end);
		uint64_t entry = gfn << PAGE_SHIFT | KERNEL_RW | global(g) |
				 (level > LEVEL_4K ? PTE_PS : 0);

		rc = map_leaf(g, DIRECT_MAP + (gfn << PAGE_SHIFT), entry, level, err);
		gfn += level_frames(level);
	}
	return rc;
}

static int map_text(struct guest_os *g, struct sim_error *err)
{
	int rc = 0;

	g->text_gfn = TEXT_GFN;
	for (unsigned i = 0; !rc && i < TEXT_BLOCKS; i++) {
		uint64_t flags =
			(i < TEXT_BLOCKS / 2 ? KERNEL_RX : KERNEL_RW) | PTE_PS | global(g);

		rc = map_leaf(g, TEXT + i * level_bytes(LEVEL_2M),
			      (TEXT_GFN + i * FRAMES_HUGE) << PAGE_SHIFT | flags, LEVEL_2M,
			      err);
	}
	return rc;
}

/* Global even with KPTI: both roots have it (arch/x86/mm/cpu_entry_area.c, cea_set_pte). */
static int map_entry_area(struct guest_os *g, struct sim_error *err)
{
	uint64_t gfn;
	int rc = 0;

	for (unsigned i = 0; !rc && i < ENTRY_PAGES; i++) {
		rc = page_alloc(g, 0, FRAME_KERNEL, &gfn, err);
		if (!rc)
			rc = map_leaf(g, ENTRY_AREA + i * PAGE_BYTES,
				      gfn << PAGE_SHIFT | KERNEL_RW | PTE_G, LEVEL_4K, err);
	}
	return rc;
}

/* What the user's root has of the kernel: the entry area, and the 2 MiB of text that hold the entry code
 * (pti_clone_user_shared(), pti_clone_entry_text()). */
static int map_user_part(struct guest_os *g, struct sim_error *err)
{
	unsigned area = level_index(ENTRY_AREA, ROOT_LEVEL),
		 text = level_index(TEXT, ROOT_LEVEL);
	uint64_t user = g->init_root + 1, pud, pmd;
	int rc = gpt_store(g, user, area, gpt_entry(g, g->init_root, area), err);

	if (!rc)
		rc = gpt_alloc(g, LEVEL_1G, &pud, err);
	if (!rc)
		rc = gpt_alloc(g, LEVEL_2M, &pmd, err);
	if (!rc)
		rc = gpt_store(g, pmd, level_index(TEXT, LEVEL_2M),
			       TEXT_GFN << PAGE_SHIFT | KERNEL_RX | PTE_PS | PTE_G, err);
	if (!rc)
		rc = gpt_store(g, pud, level_index(TEXT, LEVEL_1G),
			       pmd << PAGE_SHIFT | TABLE_KERNEL, err);
	return rc ? rc : gpt_store(g, user, text, pud << PAGE_SHIFT | TABLE_KERNEL, err);
}

int kernel_boot(struct guest_os *g, struct sim_error *err)
{
	int rc = 0;

	g->cpu.in_kernel = true;
	if (!frames_take(&g->frames, TEXT_GFN, TEXT_BLOCKS * FRAMES_HUGE, FRAME_RESERVED))
		return sim_fail(err, SIM_ERANGE, NULL,
				"no room for the kernel's image in the guest's memory");
	rc = page_alloc(g, g->cfg.kpti, FRAME_TABLE, &g->init_root, err);
	for (unsigned i = 0; !rc && i <= g->cfg.kpti; i++) {
		rc = gpt_adopt(g, g->init_root + i, ROOT_LEVEL, err);
		if (!rc)
			g->table[g->init_root + i]->is_kernels = true;
	}
	for (unsigned i = 0; !rc && i < g->meta.n_ram; i++)
		rc = map_ram(g, &g->meta.ram[i], err);
	if (!rc)
		rc = map_text(g, err);
	if (!rc)
		rc = map_entry_area(g, err);
	if (!rc && g->cfg.kpti)
		rc = map_user_part(g, err);
	if (!rc)
		rc = page_alloc(g, 0, FRAME_KERNEL, &g->zero_gfn, err);
	return rc;
}

void kernel_copy(struct guest_os *g, uint64_t root)
{
	for (unsigned half = 0; half <= g->cfg.kpti; half++) {
		struct table *to = g->table[root + half];
		const struct table *from = g->table[g->init_root + half];

		for (unsigned i = ROOT_KERNEL; i < 512; i++) {
			to->word[i] = from->word[i];
			to->used = (uint16_t)(to->used + !!to->word[i]);
		}
	}
}

/* A new entry of the kernel's root goes into every root (arch_sync_kernel_mappings()). */
static int sync_roots(struct guest_os *g, unsigned index, struct sim_error *err)
{
	uint64_t entry = gpt_entry(g, g->init_root, index);
	int rc = 0;

	for (size_t i = 0; !rc && i < g->n_process; i++)
		rc = gpt_store(g, g->process[i]->root, index, entry, err);
	return rc;
}

int kernel_map(struct guest_os *g, uint64_t gva, struct sim_error *err)
{
	unsigned index = level_index(gva, ROOT_LEVEL);
	bool is_new = !gpt_entry(g, g->init_root, index);
	struct gpt_walk w;
	uint64_t gfn;
	int rc;

	gpt_find(g, g->init_root, gva, &w);
	if (w.is_present)
		return gpt_store(g, w.table, w.index, (w.value | PTE_W) & ~PTE_NX, err);
	rc = page_alloc(g, 0, FRAME_KERNEL, &gfn, err);
	if (!rc)
		rc = map_leaf(g, gva & ~(PAGE_BYTES - 1),
			      gfn << PAGE_SHIFT | KERNEL_RWX | global(g), LEVEL_4K, err);
	return !rc && is_new ? sync_roots(g, index, err) : rc;
}
