/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session_client.h - a session that runs in a thread, and a client at its socket
 */
#ifndef TESTS_SESSION_CLIENT_H
#define TESTS_SESSION_CLIENT_H

#include <pthread.h>

#include "run/session.h"

#define CHANGES_MAX 256

/* A change, kept. */
struct noted {
	uint64_t record, zapped;
	const char *technique;
	struct kvm_slot_region region;
};

struct house {
	char dir[64], socket[96], home[4096];
	struct sources sources;
	struct setup setup[SESSION_LANES_MAX];
	struct session_config cfg;
	struct session *s;
	struct noted change[CHANGES_MAX];
	unsigned n_changes;
	pthread_t thread;
	int rc; /* of session_run */
	struct sim_error err;
	int fd; /* of the client; -1: none */
	char in[1 << 16];
	size_t n_in;
	unsigned id;
};

/* A house with no lanes yet, and a socket if is_served. */
struct house *house_new(bool is_served);
/* A lane on traces/hotplug.snt. */
void house_lane(struct house *h, const char *technique, const char *page_size,
		const char *qemu);
/* The same with the normalised stream, for a lane beside the technique "kvm", or that one. */
void house_lane_normalised(struct house *h, const char *technique, const char *qemu);
void house_open(struct house *h);  /* session_open */
void house_start(struct house *h); /* session_run in the thread */
void house_join(struct house *h);  /* waits for its end */
void house_free(struct house *h);

/* Connects, and says qmp_capabilities when is_polite. */
void client_dial(struct house *h, bool is_polite);
void client_hang_up(struct house *h);
void client_send(struct house *h, const char *text);

/* The next message; the caller frees it. Asserts that one comes in time. */
json_t *client_hear(struct house *h);
/* Hears messages until that event. */
void client_wait(struct house *h, const char *event);
/* Executes it, passes over events: what "return" holds; the caller frees it. */
json_t *client_ask(struct house *h, const char *command, const char *arguments);
/* The same for a command whose answer does not matter; asserts success. */
void client_do(struct house *h, const char *command, const char *arguments);
/* It must be refused, with a text that has `part`. */
void client_refused(struct house *h, const char *command, const char *arguments,
		    const char *part);

#endif
