/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is learned of this host once, and what one scan leaves for the next. */

#include "census/procfs/kernel-devices.h"
#include "census/procfs/kernel-word.h"
#include "util/error.h"
#include "util/number-set.h"

struct budget;
struct lookers;
struct socket_cache;

struct host {
        int proc_fd;                   /* /proc */
        struct kernel_devices devices; /* but for what comes and goes: struct walk */
        struct socket_cache *sockets;
        struct lookers *lookers;
        struct budget *budget;
        enum kernel_word_rule rule; /* tried when it is first needed */
        _Atomic bool no_unix_dump;  /* this kernel has none: not asked for again */
        uint64_t missing_tables;    /* that it cannot list: netlink/sock-diag.h */
        struct number_set *orphans; /* cookies of the orphans of the last scan */
        struct number_set *unseen;  /* ties (unseen.h) that were left over in it */
        struct number_set *named;   /* files that it named nameless namespaces after */
};

/* 0, or a negative errno with the sentence. */
int host_init(struct host *h, struct error *error);
void host_deinit(struct host *h);

/* What the kernel's word means here. */
enum kernel_word_rule host_rule(struct host *h);
