/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_ports.c - -nic, -net, -serial, -parallel, -drive: what the machine brings along of itself, and what is too much */
#include <string.h>

#include "mem/board_parse.h"

static int take_card(struct board_parse *p, const struct board_words *w, struct sim_error *err)
{
	const char *model = board_words_get(w, "model"), *addr = board_words_get(w, "addr");

	if (p->has_nic)
		return board_parse_fail(
			p, "nic", w->where, SIM_EUNSUP, err,
			"a second network card is not modelled; right is one -nic, and -device for more");
	if (addr)
		return board_parse_fail(p, "nic", w->where, SIM_EUNSUP, err,
					"addr=%.40s is not modelled; leave it out", addr);
	p->has_nic = true;
	if (!model)
		return 0;
	p->is_e1000 = !strcmp(model, "e1000");
	p->is_e1000e = !strcmp(model, "e1000e");
	if (p->is_e1000 || p->is_e1000e)
		return 0;
	return board_parse_fail(
		p, "nic", w->where, SIM_EUNSUP, err,
		"model=%.40s is not modelled; modelled is the machine's own card, e1000 of pc and e1000e of q35",
		model);
}

int board_parse_net(struct board_parse *p, const struct board_words *w, struct sim_error *err)
{
	const char *type = board_words_get(w, "type");
	bool is_nic = !strcmp(w->where, "-nic") || !strncmp(w->where, "-nic ", 5);

	p->has_net = true;
	if (is_nic ? type && !strcmp(type, "none") : !type || strcmp(type, "nic") != 0)
		return 0;
	return take_card(p, w, err);
}

int board_parse_check_nic(const struct board_parse *p, struct sim_error *err)
{
	bool is_q35 = p->o->type == BOARD_Q35;

	if (is_q35 ? !p->is_e1000 : !p->is_e1000e)
		return 0;
	return board_parse_fail(
		p, "nic", "-nic", SIM_EUNSUP, err,
		"model=%s is not modelled on %s; its own card is %s, any other is made by -nic none -device %s",
		is_q35 ? "e1000" : "e1000e", is_q35 ? "q35" : "pc", is_q35 ? "e1000e" : "e1000",
		is_q35 ? "e1000" : "e1000e");
}

/* The first -serial is the first port, and may be none. */
int board_parse_serial(struct board_parse *p, const char *arg, struct sim_error *err)
{
	bool is_none = !strcmp(arg, "none");

	if (p->n_serial++ && !is_none)
		return board_parse_fail(
			p, "serial", "-serial", SIM_EUNSUP, err,
			"a second serial port is not modelled; right is one -serial");
	if (p->n_serial == 1)
		p->o->no_serial = is_none;
	return 0;
}

/* The first -parallel that is not none is the first port. */
int board_parse_parallel(struct board_parse *p, const char *arg, struct sim_error *err)
{
	bool is_none = !strcmp(arg, "none");

	if (p->has_parallel && !p->o->no_parallel && !is_none)
		return board_parse_fail(
			p, "parallel", "-parallel", SIM_EUNSUP, err,
			"a second parallel port is not modelled; right is one -parallel");
	p->o->no_parallel = is_none && (!p->has_parallel || p->o->no_parallel);
	p->has_parallel = true;
	return 0;
}

/* A disk of the machine's own controllers is nothing in memory; of others it brings one along. */
int board_parse_drive(struct board_parse *p, const struct board_words *w, struct sim_error *err)
{
	static const char *const interfaces[] = { "ide", "none", "floppy" };
	const char *interface = board_words_get(w, "if");

	for (size_t i = 0; interface && i < sizeof(interfaces) / sizeof(*interfaces); i++)
		if (!strcmp(interfaces[i], interface))
			return 0;
	if (!interface)
		return 0;
	return board_parse_fail(p, "drive", w->where, SIM_EUNSUP, err,
				"if=%.40s is not modelled; modelled is ide, floppy or none",
				interface);
}
