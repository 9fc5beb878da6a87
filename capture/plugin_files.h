/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin_files.h - numbers for files, by path, and the descriptors of processes
 */
#ifndef CAPTURE_PLUGIN_FILES_H
#define CAPTURE_PLUGIN_FILES_H

#include "plugin_process.h"

#define FILES_PATH 256

/* The number of the file of that path, from 1. */
uint32_t files_number(const char *path);

/* A file without a path. */
uint32_t files_new(void);

/* Reads a path of the guest; false when it cannot be read, or is longer than to has room. */
bool files_path(uint64_t gva, char to[FILES_PATH]);

/* Descriptors. */
void files_set(struct process *p, uint64_t fd, uint32_t number);
uint32_t files_get(const struct process *p, uint64_t fd);
void files_inherit(struct process *child, const struct process *parent);

#endif
