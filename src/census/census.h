/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The census: all network namespaces with their holders and verdicts at one moment, and how much
 * of the host was seen. A value: made by a scan, handed over whole, then only read. Every string
 * in it is escaped already (util/text.h) and safe to print. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "census/coverage.h"
#include "census/netns.h"
#include "util/macro.h"

/* A process of which this census has not seen everything it may hold. A process that is not listed
 * here was read completely, or has ended. */
struct blind_process {
        pid_t pid;
        uint64_t start_ticks; /* 0: not known: it is skipped, as reading it could hang, or hidden */
        unsigned gaps; /* bits 1 << enum coverage_gap: unreadable, skipped, fd refused, … */
};

/* What one share has more of than is listed. */
struct census_share {
        char name[FAIR_SHARE_NAME_MAX];
        uint64_t unlisted; /* holders whose namespace cannot be read, beyond those listed */
        uint64_t cut;      /* processes of which not all was looked at, for want of time */
};

/* Whether a namespace that a scan was asked about (scan_options), and did not find, still exists.
 */
enum netns_presence {
        NETNS_PRESENCE_UNKNOWN, /* the kernel does not say */
        NETNS_PRESENCE_THERE,
        NETNS_PRESENCE_GONE,
};

struct absent_netns {
        struct netns_identity id;
        enum netns_presence presence;
};

/* What came out of holding a census by BPF against one by procfs (census/cross-check.h). */
#define CENSUS_CHECK_TEXT_MAX 320
struct census_check {
        bool made;
        size_t disagreements;             /* that nothing explains: this census is by procfs then */
        char text[CENSUS_CHECK_TEXT_MAX]; /* the first of them; or why the check was not made */
};

/* Whether births (census/birth.h) were noted, and of which sockets. Zero: they were not. */
struct census_trace {
        enum birth_trace which;
        uint64_t since_usec; /* CLOCK_REALTIME; a socket that is older has none */
        uint64_t refused;    /* since then; so many were not noted, for want of room */
        uint64_t noted;      /* likewise; so many were */
        uint64_t now;        /* of sockets that are open, those that were noted */
};

struct census {
        uint64_t start_usec;          /* CLOCK_REALTIME */
        uint64_t start_boottime_usec; /* CLOCK_BOOTTIME: a process that began later is younger */
        uint64_t duration_usec;
        const char *source;        /* the source: "procfs" or "bpf" */
        struct census_check check; /* zero where it was not asked for, or not by BPF */
        char not_bpf[384]; /* why it is not BPF, a clause; empty where it is, or was not to be */
        struct census_trace trace;
        bool cookies; /* this kernel has SO_NETNS_COOKIE: identities are exact */
        bool strays;  /* it was to see stray threads */
        struct coverage coverage;
        struct netns *namespaces; /* sorted by inode, then cookie, then holder */
        size_t n_namespaces;
        struct holder *unresolved; /* holders whose namespace is not known */
        size_t n_unresolved;
        struct census_share *shares; /* sorted by name; only those with something to tell */
        size_t n_shares;
        struct process **processes;
        size_t n_processes;
        struct blind_process *blind; /* sorted by pid; a process at most once */
        size_t n_blind;
        struct netns_identity
                *visited; /* something of nsorphand itself was there, and was left out */
        size_t n_visited;
        struct netns_identity
                *dying; /* nothing refers to them any more, and they are not torn down yet (BPF) */
        size_t n_dying;
        struct absent_netns *absent; /* those that were asked about and are not in it */
        size_t n_absent;
};

struct census *census_free(struct census *c);
DEFINE_CLEANUP(struct census *, census_free);

/* Lists no holders of attached namespaces any more; they stay counted. */
void census_unlist_attached(struct census *c);

/* How many namespaces have @verdict. */
size_t census_count(const struct census *c, enum verdict verdict);

/* How many are unnamed, or empty. */
size_t census_count_unnamed(const struct census *c);
size_t census_count_empty(const struct census *c);

/* Whether it was made from the kernel's own lists. */
bool census_is_by_bpf(const struct census *c);

/* The namespace with this identity, or NULL. */
const struct netns *census_find(const struct census *c, const struct netns_identity *id);

/* The same, quickly, of those that have the inode number of @id: in a census in order, as a scan
 * makes it. */
const struct netns *census_search(const struct census *c, const struct netns_identity *id);

/* Whether the process of @h, of another census, had not begun when @c did. False where that is not
 * known. */
bool census_is_young(const struct census *c, const struct holder *h);

/* Whether nothing that holds @ns, of another census, was there when @c began. */
bool census_is_all_young(const struct census *c, const struct netns *ns);
