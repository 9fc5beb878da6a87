/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/record.h"

#include <stddef.h>

const char *event_name(enum event_kind k)
{
	static const char *const name[EVENT_KIND_COUNT] = {
		[EVENT_END] = "end",	     [EVENT_VCPU] = "vcpu",
		[EVENT_CR0] = "cr0",	     [EVENT_CR3] = "cr3",
		[EVENT_CR4] = "cr4",	     [EVENT_EFER] = "efer",
		[EVENT_INVLPG] = "invlpg",   [EVENT_INVPCID] = "invpcid",
		[EVENT_PF] = "pf",	     [EVENT_INT] = "int",
		[EVENT_PTPAGE] = "ptpage",   [EVENT_PTW] = "ptw",
		[EVENT_PTFREE] = "ptfree",   [EVENT_DMA] = "dma",
		[EVENT_PHASE] = "phase",     [EVENT_TAG] = "tag",
		[EVENT_RAM_ADD] = "ram-add", [EVENT_RAM_DEL] = "ram-del",
		[EVENT_MAP] = "map",	     [EVENT_UNMAP] = "unmap",
		[EVENT_PROTECT] = "protect", [EVENT_FORK] = "fork",
		[EVENT_EXEC] = "exec",	     [EVENT_EXIT] = "exit",
		[EVENT_SWITCH] = "switch",   [EVENT_ADVISE] = "advise",
	};

	return (unsigned)k < EVENT_KIND_COUNT ? name[k] : NULL;
}
