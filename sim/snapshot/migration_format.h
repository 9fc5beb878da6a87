/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * migration_format.h - QEMU's migration stream, to the byte
 *
 * Integers are big-endian. A stream is
 *
 *     u32 MIGRATION_MAGIC, u32 MIGRATION_VERSION
 *     CONFIGURATION  u32 length, the machine's name; then its subsections
 *     START, FULL    u32 id, u8 n, name[n], u32 instance, u32 version, body
 *     PART, END      u32 id, body
 *     SUBSECTION     u8 n, name[n], u32 version, fields    within a body of START or FULL, and of CONFIGURATION
 *     FOOTER         u32 id                                behind each body
 *     COMMAND        u16 command, u16 length, data
 *     EOF
 *     VMDESCRIPTION  u32 length, JSON                      ends the file
 *
 * each led by its byte. The body of a FULL section has no length of its own: the JSON says of what fields it is made. The
 * body of the section "ram" is a list of
 *
 *     u64 offset | flags      a multiple of the target's page: a place in a RAM block, no GPA
 *     [u8 n, idstr[n]]        ZERO and PAGE without CONTINUE: the block, which holds for what follows, sections on
 *     payload                 MEM_SIZE: offset is the sum of {u8 n, idstr[n], u64 used_length} that follow
 *                             ZERO: u8, what the page is filled with; PAGE: its bytes; EOS: nothing, and the end
 *
 * A page may come several times; the last one counts.
 *
 * Source: QEMU 7.2 migration/savevm.c, migration/ram.c, migration/qemu-file-types.h; streams of that version, read to
 * the last byte.
 */
#ifndef SIM_SNAPSHOT_MIGRATION_FORMAT_H
#define SIM_SNAPSHOT_MIGRATION_FORMAT_H

#define MIGRATION_MAGIC	  0x5145564du /* "QEVM" */
#define MIGRATION_VERSION 3u

enum migration_section {
	MIGRATION_EOF = 0x00,
	MIGRATION_START = 0x01,
	MIGRATION_PART = 0x02,
	MIGRATION_END = 0x03,
	MIGRATION_FULL = 0x04,
	MIGRATION_SUBSECTION = 0x05,
	MIGRATION_VMDESCRIPTION = 0x06,
	MIGRATION_CONFIGURATION = 0x07,
	MIGRATION_COMMAND = 0x08,
	MIGRATION_FOOTER = 0x7e,
};

/* Low bits of the u64 that leads each item of RAM. */
#define MIGRATION_RAM_FULL	      0x01u /* of streams before version 2 of RAM */
#define MIGRATION_RAM_ZERO	      0x02u
#define MIGRATION_RAM_MEM_SIZE	      0x04u
#define MIGRATION_RAM_PAGE	      0x08u
#define MIGRATION_RAM_EOS	      0x10u
#define MIGRATION_RAM_CONTINUE	      0x20u
#define MIGRATION_RAM_XBZRLE	      0x40u
#define MIGRATION_RAM_HOOK	      0x80u
#define MIGRATION_RAM_COMPRESS_PAGE   0x100u
#define MIGRATION_RAM_MULTIFD_FLUSH   0x200u
#define MIGRATION_RAM_SECTION_VERSION 4u
#define MIGRATION_RAM_NAME	      "ram"

#define MIGRATION_IDSTR_MAX 255 /* a length is one byte */

/* Commands; those from POSTCOPY_ADVISE on change what the stream means. */
enum migration_command {
	MIGRATION_COMMAND_OPEN_RETURN_PATH = 1,
	MIGRATION_COMMAND_PING = 2,
	MIGRATION_COMMAND_POSTCOPY_ADVISE = 3,
	MIGRATION_COMMAND_POSTCOPY_LISTEN = 4,
	MIGRATION_COMMAND_POSTCOPY_RUN = 5,
	MIGRATION_COMMAND_POSTCOPY_RAM_DISCARD = 6,
	MIGRATION_COMMAND_PACKAGED = 7,
	MIGRATION_COMMAND_ENABLE_COLO = 8,
	MIGRATION_COMMAND_POSTCOPY_RESUME = 9,
	MIGRATION_COMMAND_RECV_BITMAP = 10,
};

/* Subsections of CONFIGURATION. */
#define MIGRATION_CONFIGURATION_PAGE_BITS "configuration/target-page-bits" /* u32 */
#define MIGRATION_CONFIGURATION_CAPABILITIES                                                   \
	"configuration/capabilities"			  /* u32, {u8 n, name} */
#define MIGRATION_CONFIGURATION_UUID "configuration/uuid" /* 16 bytes */

#endif
