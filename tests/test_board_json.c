/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_board_json.c - options as JSON: the same as the command line, what is refused, and what is written */
#include "board_lines.h"

#include <string.h>

/* `text` as the member "memory" of a document. */
static int read_member(struct board_options *o, const char *text, struct sim_error *err)
{
	size_t size = strlen(text) + 16;
	char *all = malloc(size);
	struct jnode root, n;
	json_t *doc;
	int rc;

	assert_non_null(all);
	snprintf(all, size, "{\"memory\": %s}", text);
	assert_int_equal(json_parse(all, strlen(all), "x.json", &doc, &root, err), 0);
	n = json_get(&root, "memory");
	rc = board_options_read(o, &n, err);
	json_decref(doc);
	free(all);
	return rc;
}

static void read_json(struct board_options *o, const char *text)
{
	struct sim_error err = { 0 };

	if (read_member(o, text, &err)) {
		print_error("%s: refused: %s: %s\n", text, err.where, err.text);
		fail();
	}
}

/* The same options both ways come to the same text. */
static void json_forms(void **state)
{
	static const struct {
		const char *line, *json;
	} pairs[] = {
		{ "", "{}" },
		{ "", "\"\"" },
		{ "-machine pc-i440fx-7.2 -m 128",
		  "{\"machine\": \"pc\", \"m\": {\"size\": 134217728}}" },
		{ "-m 256M,slots=4,maxmem=2G", "{\"m\": \"256M,slots=4,maxmem=2G\"}" },
		{ "-m 256M,slots=4,maxmem=2G",
		  "{\"m\": {\"size\": \"256\", \"slots\": 4, \"maxmem\": \"2G\"}}" },
		{ "-m 256M,slots=4,maxmem=2G", "\"-m 256,slots=4,maxmem=2048M\"" },
		{ "-m 100k", "{\"m\": {\"size\": 102400}}" },
		{ "-machine q35,max-ram-below-4g=2G,smm=off",
		  "{\"machine\": {\"type\": \"q35\", \"max-ram-below-4g\": \"2G\", \"smm\": \"off\"}}" },
		{ SLOTS RAM
		  ",id=a,size=64M,share=on,policy=bind,host-nodes=0-1 -device pc-dimm,memdev=a,slot=1 -device e1000",
		  "{\"m\": {\"size\": \"128M\", \"slots\": 2, \"maxmem\": \"1G\"}, \"objects\": [{\"qom-type\": \"memory-backend-ram\", \"id\": \"a\", "
		  "\"size\": \"64M\", \"share\": true, \"policy\": \"bind\", \"host-nodes\": [0, \"1\"]}], "
		  "\"devices\": [\"e1000\", {\"driver\": \"pc-dimm\", \"memdev\": \"a\", \"slot\": 1}]}" },
		{ "-smp 2 " RAM ",id=a,size=128M -numa node,memdev=a,cpus=0-1",
		  "{\"smp\": 2, \"objects\": [\"memory-backend-ram,id=a,size=128M\"], "
		  "\"numa\": [{\"type\": \"node\", \"memdev\": \"a\", \"cpus\": [\"0-1\"]}]}" },
		{ "-accel kvm,dirty-ring-size=4096 -S -nodefaults -vga std -nic none -mem-path /x -mem-prealloc",
		  "{\"accel\": {\"accel\": \"kvm\", \"dirty-ring-size\": 4096}, \"S\": true, \"nodefaults\": true, "
		  "\"vga\": \"std\", \"nic\": \"none\", \"mem-path\": \"/x\", \"mem-prealloc\": true}" },
		{ "-serial none -parallel none -machine usb=off,vmport=on -device VGA,vgamem_mb=16",
		  "{\"serial\": \"none\", \"parallel\": \"none\", \"machine\": {\"usb\": false, \"vmport\": \"on\"}, "
		  "\"devices\": [{\"driver\": \"VGA\", \"vgamem_mb\": 16}]}" },
		{ OLD "-numa node,mem=256",
		  "{\"machine\": \"pc-i440fx-5.0\", \"m\": \"256\", \"numa\": [{\"type\": \"node\", \"mem\": 268435456}]}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct board_options a, b;
		json_t *va, *vb;

		parse(&a, pairs[i].line);
		read_json(&b, pairs[i].json);
		va = board_options_json(&a);
		vb = board_options_json(&b);
		if (!json_equal(va, vb))
			fail_msg("%s: not the same as %s", pairs[i].json, pairs[i].line);
		json_decref(va);
		json_decref(vb);
		board_options_fini(&a);
		board_options_fini(&b);
	}
}

static void json_refused(void **state)
{
	static const struct {
		const char *json, *where, *text;
	} bad[] = {
		{ "[]", "x.json:$.memory", "or an object, such as" },
		{ "5", "x.json:$.memory", "a string of QEMU's options" },
		{ "{\"m\": 256}", "x.json:$.memory.m",
		  "right is \"256M\", or {\"size\": 256} for bytes" },
		{ "{\"m\": 268435456}", "x.json:$.memory.m",
		  "right is \"256M\", or {\"size\": 268435456} for bytes" },
		{ "{\"m\": 268435457}", "x.json:$.memory.m",
		  "right is {\"size\": 268435457} for bytes" },
		{ "{\"machine\": {\"usb\": true}}", "x.json:$.memory.machine.usb",
		  "modelled is off" },
		{ "{\"nic\": \"user,model=virtio\"}", "x.json:$.memory.nic", "model=virtio" },
		{ "{\"serial\": 1}", "x.json:$.memory.serial", "string" },
		{ "{\"devices\": [{\"driver\": \"VGA\", \"vgamem_mb\": 32}]}",
		  "x.json:$.memory.devices[0].vgamem_mb", "modelled is 16" },
		{ "{\"foo\": 1}", "x.json:$.memory.foo", "unknown key" },
		{ "{\"m\": {\"size\": \"1.5\"}}", "x.json:$.memory.m.size", "no size" },
		{ "{\"m\": {\"slots\": 4}}", "x.json:$.memory.m.slots", "maxmem" },
		{ "{\"m\": []}", "x.json:$.memory.m", "a string as on" },
		{ "{\"m\": {\"size\": 1.5}}", "x.json:$.memory.m.size", "an integer" },
		{ "{\"machine\": \"foo\"}", "x.json:$.memory.machine",
		  "unsupported machine type" },
		{ "{\"objects\": [{\"qom-type\": \"memory-backend-ram\", \"id\": \"a\"}]}",
		  "x.json:$.memory.objects[0]", "size is missing" },
		{ "{\"objects\": [{\"qom-type\": \"memory-backend-ram\", \"id\": \"a\", \"size\": 1, \"share\": 3}]}",
		  "x.json:$.memory.objects[0].share", "on or off" },
		{ "{\"objects\": {}}", "x.json:$.memory.objects", "must be an array" },
		{ "{\"devices\": [\"pc-dimm,memdev=a\"]}", "x.json:$.memory.devices",
		  "no memory backend" },
		{ "{\"numa\": [\"node\"]}", "x.json:$.memory.numa", "should equal" },
		{ "{\"accel\": \"foo\"}", "x.json:$.memory.accel", "kvm or tcg" },
		{ "{\"S\": 1}", "x.json:$.memory.S", "true or false" },
		{ "\"-m 1.5\"", "x.json:$.memory: -m", "no size" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sim_error err = { 0 };
		struct board_options o;

		assert_true(read_member(&o, bad[i].json, &err) < 0);
		if (strcmp(err.where, bad[i].where) != 0 || !strstr(err.text, bad[i].text))
			fail_msg("%s: %s: %s", bad[i].json, err.where, err.text);
	}
}

/* What is written is read back to the same text. */
static void written_and_read(void **state)
{
	static const char *const lines[] = {
		"",
		"-m 15E",
		"-machine memory-backend=b " RAM ",id=b,size=100k",
		"-machine memory-backend=b " RAM ",id=b,size=256M",
		"-machine memory-backend=b " RAM ",id=b,size=256M -m 0,maxmem=256M,slots=3",
		"-machine memory-backend=b " RAM ",id=b,size=64M -m 64,maxmem=100M",
		"-M pc-i440fx-3.1 -object memory-backend-memfd,id=b,size=2M,hugetlb=on,hugetlbsize=2M,seal=off",
		"-mem-prealloc -object memory-backend-file,id=b,size=18446744073709547520B,mem-path=x,readonly=on",
		TWO DIMM ",memdev=d0,addr=-1 " DIMM
			 ",memdev=d1,id=x -device VGA,id=v -object iothread,id=io",
		OLD "-numa node -numa node,mem=256",
		"-smp 3,maxcpus=8,sockets=2 " TWO_NODES,
		"-serial none -serial none -parallel none",
		"-nodefaults -serial null -nic user -accel kvm,dirty-ring-size=65536 -no-hpet -no-acpi -S",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct board_options a, b;
		json_t *va, *vb;
		char *text;

		parse(&a, lines[i]);
		va = board_options_json(&a);
		text = json_dumps(va, 0);
		read_json(&b, text);
		vb = board_options_json(&b);
		if (!json_equal(va, vb))
			fail_msg("%s: not the same when read back", lines[i]);
		free(text);
		json_decref(va);
		json_decref(vb);
		board_options_fini(&a);
		board_options_fini(&b);
	}
}

/* object-add and device_add. */
static void one_by_one(void **state)
{
	json_t *object = json_pack("{s:s, s:s, s:s}", "qom-type", "memory-backend-ram", "id",
				   "a", "size", "2M");
	json_t *device =
		json_pack("{s:s, s:s, s:i}", "driver", "pc-dimm", "memdev", "a", "slot", 3);
	struct jnode on = json_root(object, "object-add"), dn = json_root(device, "device_add");
	struct sim_error err = { 0 };
	struct backend_options b;
	struct dimm_options d;
	struct board_options o;

	(void)state;
	parse(&o, "-machine mem-merge=off -mem-prealloc -smp 2");
	assert_int_equal(backend_options_read(&b, &on, &err), 0);
	assert_int_equal(b.size, 2 * M);
	assert_true(b.backing.has_merge && !b.backing.has_prealloc);
	assert_int_equal(backend_options_settle(&b, &o, "object-add", &err), 0);
	assert_true(!b.backing.has_merge && b.backing.has_prealloc &&
		    b.backing.prealloc_threads == 2);
	assert_int_equal(dimm_options_read(&d, &dn, &err), 0);
	assert_true(d.slot == 3 && !strcmp(d.memdev, "a") && !d.id);
	dimm_options_fini(&d);
	backend_options_fini(&b);
	json_object_set_new(object, "qom-type", json_string("iothread"));
	assert_int_equal(backend_options_read(&b, &on, &err), SIM_EUNSUP);
	assert_string_equal(err.where, "object-add:$.qom-type");
	memset(&err, 0, sizeof(err));
	json_object_set_new(device, "driver", json_string("e1000"));
	assert_int_equal(dimm_options_read(&d, &dn, &err), SIM_EUNSUP);
	assert_non_null(strstr(err.text, "pc-dimm"));
	board_options_fini(&o);
	json_decref(object);
	json_decref(device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_forms),
		cmocka_unit_test(json_refused),
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(one_by_one),
	};

	return cmocka_run_group_tests_name("board_json", tests, NULL, NULL);
}
