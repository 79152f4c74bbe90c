/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the client shows, whoever found it: the daemon (nsorphanctl/decode.h), or a scan in this
 * process. Values; every string in them is safe to print. All zero is an empty one. */

#include "census/census.h"
#include "ledger/entry.h"
#include "ledger/history.h"

struct view_strings {
        char **list;
        size_t n;
};

struct view_netns {
        struct netns_identity id;
        enum verdict verdict;
        bool partial;
        char *partial_reason; /* NULL: not told */
        bool has_owner;
        uid_t owner_uid;
        uint64_t n_holders_total;
        struct holder *holders; /* some of them */
        size_t n_holders;

        /* What the ledger knows of it, where it does. */
        enum ledger_state state;
        bool ignored, unconfirmed;
        uint64_t since_usec, leaked_usec; /* 0 when not known */

        struct history_facts history; /* whose it is or was */
        uint64_t last_task_usec;      /* 0 when not known */
};

struct view_list {
        struct view_netns *namespaces;
        size_t n, room;
};

struct view_coverage {
        bool complete;
        struct view_strings reasons; /* sentences */
};

struct view_scan {
        uint64_t start_usec, duration_usec;
        char *source;  /* NULL: not told */
        char *not_bpf; /* why it was not BPF; NULL */
};

/* What one user has of the ledger. */
struct view_share {
        char *name;
        uint64_t orphans, unkept, held_back;
};

struct view_running {
        uint64_t start_usec, idle_usec;
        char *step;
        int pid;
};

struct view_skipped {
        int pid;
        char *step;
        uint64_t since_usec;
};

/* Namespaces that nothing refers to any more, and that the kernel does not get rid of. */
struct view_teardown {
        uint64_t stuck;
        uint64_t cookie, since_usec; /* of the oldest */
};

/* Censuses by BPF that were held against one by procfs. */
struct view_cross_check {
        uint64_t made;
        uint64_t last_usec;
        char *disagreement; /* that ended the use of BPF; NULL */
};

/* The state of the daemon. */
struct view_status {
        char *version;
        int pid;
        uint64_t interval_usec;
        uint64_t next_scan_usec; /* 0 while one runs */
        char *error;             /* why the last scan failed; NULL */
        bool has_scan;           /* one has finished, which is: */
        struct view_scan scan;
        struct view_coverage coverage;
        uint64_t verdicts[_VERDICT_MAX];
        uint64_t suspected, leaked, ignored;
        struct view_share *shares;
        size_t n_shares;
        struct view_teardown teardown;
        struct view_cross_check cross_check;
        struct census_trace trace; /* zero: births are not noted */
        char *not_traced;          /* why not, where they were to be; NULL */
        bool is_running;           /* a scan, which is: */
        struct view_running running;
        struct view_skipped *skipped;
        size_t n_skipped;
};

/* The other end of an interface. */
struct view_peer {
        char *name;
        bool here;
        char *master; /* NULL */
};

struct view_link {
        char *name;
        char *kind; /* NULL */
        struct view_strings addresses;
        bool has_peer;
        struct view_peer peer;
};

struct view_listener {
        char *protocol, *address;
};

struct view_inspection {
        struct view_link *links;
        size_t n_links;
        struct view_listener *listeners;
        size_t n_listeners;
        char *inside_error; /* why nothing is known of the inside; NULL */
};

/* One change, as the daemon tells it to those that follow. */
struct view_event {
        char *kind;
        uint64_t usec;
        bool has_netns;
        struct view_netns netns;
        char *ending, *detail; /* NULL */
};

/* 0 or -ENOMEM, with *ret then empty. */
int view_netns_from_census(struct view_netns *ret, const struct netns *ns);
int view_coverage_from_census(struct view_coverage *ret, const struct census *c);

/* A place for one more namespace, all zero and counted; NULL when out of memory. */
struct view_netns *view_list_add(struct view_list *list);

void view_netns_clear(struct view_netns *ns);
void view_list_clear(struct view_list *list);
void view_coverage_clear(struct view_coverage *c);
void view_status_clear(struct view_status *s);
void view_inspection_clear(struct view_inspection *i);
void view_event_clear(struct view_event *e);
