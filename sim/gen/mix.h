/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mix.h - the parameters of a mix, and its parts when nobody says them
 */
#ifndef SIM_GEN_MIX_H
#define SIM_GEN_MIX_H

/* Indices into its spec's values, and into the names of MIX_ORDER. */
enum { MIX_ORDER, MIX_BURST };
enum { MIX_SEQUENTIAL, MIX_INTERLEAVED };

/* Names of workloads; NULL ends them. */
extern const char *const mix_normal_parts[];

#endif
