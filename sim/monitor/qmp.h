/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * qmp.h - the QEMU Monitor Protocol: bytes in, bytes out
 *
 *     S: {"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}, "package": "..."}, "capabilities": []}}
 *     C: {"execute": "qmp_capabilities", "id": 1}
 *     S: {"return": {}, "id": 1}
 *     C: {"execute": "stop"}
 *     S: {"timestamp": {"seconds": 1, "microseconds": 2}, "event": "STOP"}
 *     S: {"return": {}}
 *     C: {"execute": "nonsense"}
 *     S: {"error": {"class": "CommandNotFound", "desc": "The command nonsense has not been found"}}
 *
 * Every message ends in \r\n. Malformed input gets an error for an answer, as in QEMU (framer.h); nothing that a client
 * sends does more. What waits to be sent is bounded: input is taken only while less than QMP_OUTPUT_HIGH bytes wait, and
 * one who never reads and is told events is given up at QMP_OUTPUT_MAX.
 *
 * Out-of-band execution is not offered. Integers beyond 63 bits are real numbers here.
 *
 * Source: QEMU 7.2 docs/interop/qmp-spec.txt, qapi/qmp-dispatch.c, monitor/qmp.c (behaviour, tried on a real one).
 */
#ifndef SIM_MONITOR_QMP_H
#define SIM_MONITOR_QMP_H

#include "monitor/monitor.h"

#define QMP_OUTPUT_HIGH ((size_t)64 << 10)
#define QMP_OUTPUT_MAX	((size_t)4 << 20)

struct qmp;

SIM_MUST_CHECK int qmp_create(struct qmp **q, const struct monitor_ops *ops, void *arg,
			      struct sim_error *err);
void qmp_destroy(struct qmp *q);

/* A client came: forgets the one before and greets. */
void qmp_greet(struct qmp *q);
/* It went: nothing is said any more until the next one. */
void qmp_hang_up(struct qmp *q);

/* Takes bytes, does what they ask; returns how many it took: fewer than n while the output is high. */
size_t qmp_input(struct qmp *q, const char *bytes, size_t n);

/* What waits to be sent (*n bytes), and: that many of them were. */
const char *qmp_output(const struct qmp *q, size_t *n);
void qmp_sent(struct qmp *q, size_t n);

/* Memory ran out, or QMP_OUTPUT_MAX was passed: the client cannot be served any more. */
bool qmp_has_failed(const struct qmp *q);

/*
 * Tells the client of something that happened by itself: SHUTDOWN with {"guest": true, "reason": "guest-shutdown"} at
 * the end of a stream, STOP. Takes `data` over; NULL: none. Before the negotiation nobody hears of it.
 */
void qmp_event(struct qmp *q, const char *name, json_t *data);

/* For hmp_run, whose events this client hears. */
const struct monitor *qmp_monitor(const struct qmp *q);

#endif
