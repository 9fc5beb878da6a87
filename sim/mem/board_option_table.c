/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_option_table.c - the options of qemu-system-x86_64 7.2, after what its -help prints */
#include <string.h>

#include "mem/board_parse.h"

static const struct option {
	const char *name;
	enum board_option option;
} options[] = {
	{ "machine", BOARD_OPTION_MACHINE },
	{ "M", BOARD_OPTION_MACHINE },
	{ "m", BOARD_OPTION_MEMORY },
	{ "smp", BOARD_OPTION_SMP },
	{ "object", BOARD_OPTION_OBJECT },
	{ "device", BOARD_OPTION_DEVICE },
	{ "numa", BOARD_OPTION_NUMA },
	{ "accel", BOARD_OPTION_ACCEL },
	{ "enable-kvm", BOARD_OPTION_SHORTHAND },
	{ "no-acpi", BOARD_OPTION_SHORTHAND },
	{ "no-hpet", BOARD_OPTION_SHORTHAND },
	{ "mem-path", BOARD_OPTION_MEM_PATH },
	{ "mem-prealloc", BOARD_OPTION_MEM_PREALLOC },
	{ "S", BOARD_OPTION_STOPPED },
	{ "nodefaults", BOARD_OPTION_NO_DEFAULTS },
	{ "vga", BOARD_OPTION_VGA },
	{ "nic", BOARD_OPTION_NIC },
	{ "net", BOARD_OPTION_NET },
	{ "netdev", BOARD_OPTION_NETDEV },
	{ "serial", BOARD_OPTION_SERIAL },
	{ "parallel", BOARD_OPTION_PARALLEL },
	{ "drive", BOARD_OPTION_DRIVE },
	{ "usb", BOARD_OPTION_SHORTHAND },
	/* files, firmware, devices and properties that change what is in memory */
	{ "audio", BOARD_OPTION_FOREIGN },
	{ "bios", BOARD_OPTION_FOREIGN },
	{ "debugcon", BOARD_OPTION_FOREIGN },
	{ "global", BOARD_OPTION_FOREIGN },
	{ "incoming", BOARD_OPTION_FOREIGN },
	{ "loadvm", BOARD_OPTION_FOREIGN },
	{ "mtdblock", BOARD_OPTION_FOREIGN },
	{ "option-rom", BOARD_OPTION_FOREIGN },
	{ "pflash", BOARD_OPTION_FOREIGN },
	{ "readconfig", BOARD_OPTION_FOREIGN },
	{ "set", BOARD_OPTION_FOREIGN },
	{ "usbdevice", BOARD_OPTION_FOREIGN },
	{ "virtfs", BOARD_OPTION_FOREIGN },
};

static const char *const flags[] = {
	"async-teardown",
	"daemonize",
	"enable-sync-profile",
	"full-screen",
	"no-fd-bootchk",
	"no-reboot",
	"no-shutdown",
	"no-user-config",
	"nographic",
	"only-migratable",
	"portrait",
	"preconfig",
	"s",
	"singlestep",
	"snapshot",
	"win2k-hack",
	"xen-attach",
	"xen-domid-restrict",
};

static const char *const arguments[] = {
	"D",
	"L",
	"acpitable",
	"action",
	"add-fd",
	"append",
	"audiodev",
	"blockdev",
	"boot",
	"cdrom",
	"chardev",
	"chroot",
	"compat",
	"cpu",
	"d",
	"dfilter",
	"display",
	"dtb",
	"dump-vmstate",
	"echr",
	"fda",
	"fdb",
	"fsdev",
	"fw_cfg",
	"gdb",
	"hda",
	"hdb",
	"hdc",
	"hdd",
	"icount",
	"initrd",
	"iscsi",
	"k",
	"kernel",
	"mon",
	"monitor",
	"msg",
	"name",
	"overcommit",
	"pidfile",
	"plugin",
	"qmp",
	"qmp-pretty",
	"rotate",
	"rtc",
	"runas",
	"sandbox",
	"sd",
	"seed",
	"smbios",
	"spice",
	"tpmdev",
	"trace",
	"uuid",
	"vnc",
	"watchdog-action",
	"xen-domid",
};

/* The objects that QEMU lists, but for memory backends. */
static const char *const objects[] = {
	"authz-list",
	"authz-list-file",
	"authz-simple",
	"can-bus",
	"can-host-socketcan",
	"colo-compare",
	"cryptodev-backend",
	"cryptodev-backend-builtin",
	"cryptodev-vhost-user",
	"dbus-vmstate",
	"filter-buffer",
	"filter-dump",
	"filter-mirror",
	"filter-redirector",
	"filter-replay",
	"filter-rewriter",
	"input-barrier",
	"input-linux",
	"iothread",
	"main-loop",
	"pr-manager-helper",
	"qtest",
	"rng-builtin",
	"rng-egd",
	"rng-random",
	"secret",
	"secret_keyring",
	"sev-guest",
	"thread-context",
	"throttle-group",
	"tls-cipher-suites",
	"tls-creds-anon",
	"tls-creds-psk",
	"tls-creds-x509",
	"x-remote-object",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool listed(const char *const *names, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], s))
			return true;
	return false;
}

bool board_parse_is_object(const char *qom_type)
{
	return listed(objects, COUNT(objects), qom_type);
}

enum board_option board_option_find(const char *name)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (!strcmp(options[i].name, name))
			return options[i].option;
	if (listed(flags, COUNT(flags), name))
		return BOARD_OPTION_SKIP;
	if (listed(arguments, COUNT(arguments), name))
		return BOARD_OPTION_SKIP_ARG;
	return BOARD_OPTION_UNKNOWN;
}

bool board_option_has_argument(enum board_option option)
{
	switch (option) {
	case BOARD_OPTION_UNKNOWN:
	case BOARD_OPTION_SKIP:
	case BOARD_OPTION_SHORTHAND:
	case BOARD_OPTION_MEM_PREALLOC:
	case BOARD_OPTION_STOPPED:
	case BOARD_OPTION_NO_DEFAULTS:
		return false;
	case BOARD_OPTION_SKIP_ARG:
	case BOARD_OPTION_FOREIGN:
	case BOARD_OPTION_MACHINE:
	case BOARD_OPTION_MEMORY:
	case BOARD_OPTION_SMP:
	case BOARD_OPTION_OBJECT:
	case BOARD_OPTION_DEVICE:
	case BOARD_OPTION_NUMA:
	case BOARD_OPTION_ACCEL:
	case BOARD_OPTION_MEM_PATH:
	case BOARD_OPTION_VGA:
	case BOARD_OPTION_NIC:
	case BOARD_OPTION_NET:
	case BOARD_OPTION_NETDEV:
	case BOARD_OPTION_SERIAL:
	case BOARD_OPTION_PARALLEL:
	case BOARD_OPTION_DRIVE:
		return true;
	}
	return false;
}
