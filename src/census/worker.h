/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A thread that scans, so that the loop never waits for a foreign process's file.
 *
 * It takes one job at a time and hands the census over whole; between jobs it sleeps without a
 * timer. All functions are for the loop's thread. */

#include "census/scan.h"

struct worker;

/* @idle: scans run at nice 19 and get only disk time that nobody else wants. For the whole life of
 * the thread, since being less nice again takes a privilege. 0 or a negative errno with the
 * sentence. */
int worker_new(struct worker **ret, bool idle, struct error *error);

/* Ends the thread. One that is still scanning is told to stop and left to itself: it may be
 * blocked in the kernel for ever. Its fd may be closed from now on: nobody may watch it any more.
 * Accepts NULL, returns NULL. */
struct worker *worker_free(struct worker *w);
DEFINE_CLEANUP(struct worker *, worker_free);

/* Tells the running scan to stop, and lets others scan meanwhile: it may be stuck for ever. Its end
 * shows as any other's. */
void worker_give_up(struct worker *w);

/* Starts one scan; @options is copied. Only when none runs: -EBUSY. */
int worker_start(struct worker *w, const struct scan_options *options);

/* Becomes readable when a scan has ended. Belongs to the worker. */
int worker_fd(const struct worker *w);

/* Takes the result of the scan that has ended: 0 with the census, or a negative errno with the
 * sentence; -EAGAIN when it still runs, or none was started. */
int worker_take(struct worker *w, struct census **ret, struct error *error);

/* What it does now. */
struct scan_progress *worker_progress(struct worker *w);

/* Whether a thread of this process other than the first wants to run: then a scan that makes no
 * progress is not stuck but waits for a CPU, which at idle priority it may do for long. */
bool worker_waits_for_cpu(void);
