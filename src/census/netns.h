/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One network namespace of a census: what it is, and what holds it. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "census/holder.h"
#include "util/fair-share.h"

/* What a namespace is, from its holders alone. */
enum verdict {
        VERDICT_ATTACHED, /* a task is in it */
        VERDICT_PINNED,   /* else an nsfs reference (fd, in flight, mount) leads to it */
        VERDICT_ORPHANED, /* else: only sockets and their like keep it alive */
        _VERDICT_MAX,
};

const char *netns_verdict_to_string(enum verdict verdict);
int netns_verdict_from_string(const char *s); /* enum verdict or -EINVAL */

/* The holder that a nameless namespace is known by: one whose namespace cannot be read, but is
 * verified to be none of the known ones. The file's number alone would not do: sockets and files
 * below /proc/…/net are numbered apart, and each number is used again. */
struct nameless {
        uint64_t start_ticks;  /* of the process; 0 when unknown */
        uint64_t file_inode;   /* of the socket, or of the file below /proc/…/net */
        pid_t pid;             /* the process that has it open or mapped */
        enum holder_kind kind; /* HOLDER_NONE: this is no nameless namespace */
};

/* What tells one namespace from all others, also over time. Inode numbers are reused at once, so
 * the cookie decides where it is known (Linux 5.14+). A nameless namespace has neither. */
struct netns_identity {
        uint64_t inode;  /* nsfs inode number, 0 when unknown */
        uint64_t cookie; /* SO_NETNS_COOKIE, 0 when unknown */
        struct nameless nameless;
};

static inline bool netns_is_nameless(const struct netns_identity *id)
{
        return id->nameless.kind != HOLDER_NONE;
}

/* Whether both name the same namespace. Two cookies decide; else the inodes, where both are known;
 * else the holders that they are known by. */
bool netns_identity_equal(const struct netns_identity *a, const struct netns_identity *b);

/* An order: of process, then file. */
int netns_nameless_compare(const struct nameless *a, const struct nameless *b);

/* Longest text netns_identity_format() makes, with its NUL. */
#define NETNS_NAME_MAX 64
/* "net:[4026532177]", or "net:[?411/8775]" for a nameless one: its holder's pid, and the number of
 * the file. */
const char *netns_identity_format(const struct netns_identity *id,
                                  char buffer[static NETNS_NAME_MAX]);

/* What the kernel counts, and how much of that is accounted for by holders: a source that knows
 * (BPF) looks for those of each namespace that no task is in. */
struct netns_references {
        bool known;
        uint64_t counted;
        uint64_t explained;
        bool has_unseen_path; /* an nsfs reference is among those not explained */
        bool waits;           /* an nsfs reference was not looked for yet */
        bool unsought;        /* what has the others was not either */
};

struct netns {
        struct netns_identity id;
        enum verdict verdict;
        bool partial;  /* the view could have missed a holder that makes it pinned or attached */
        bool disputed; /* another one has had its inode number in the same scan, and whose the
                          tasks and nsfs references of that number are is not known */
        bool nsfs_in_flight;   /* one of its holders in flight is an nsfs file */
        bool unseen_reference; /* the kernel has an nsfs reference to it that no walk found */
        bool unnamed;          /* pinned by open files alone: no mount leads to it */
        bool empty;            /* pinned by mounts alone: no task, no socket, no open file */
        bool waits;            /* a path to it was not looked for yet: its last verdict stays */
        bool witnessed; /* the kernel itself said that it has no nsfs reference: unreadable fd
                           tables cannot hide one (Linux 6.18+) */
        bool has_owner;
        uint64_t owner_userns; /* inode of the owning user namespace, 0 when unknown */
        uid_t owner_uid;       /* of that user namespace, as seen from ours */
        struct netns_references references;
        uid_t charged_uid; /* of the outermost user namespace it is in, below ours: a user can make
                              others inside that, and have many uids there */
        uint64_t strays;   /* threads in it whose process is in another: scan_options.strays */
        uint64_t count[_HOLDER_KIND_MAX]; /* holders seen, by kind: exact */
        struct holder *holders;           /* some of them: in order of kind, pid, tid, fd */
        size_t n_holders;
};

/* How many holders of one namespace are listed at most; `count` has them all. Where there are more,
 * a few of each user and of each of its processes are, so that nobody hides another holder. */
#define CENSUS_LISTED_MAX 64

/* All holders of @ns, listed or not. */
uint64_t netns_holder_count(const struct netns *ns);

/* The name of the share that a namespace is charged to. Its owner decides, for a holder may be a
 * victim; of what root made, the unit of the first holder, and of what has no known owner, that
 * holder's user. */
const char *netns_share(const struct netns *ns, char buffer[static FAIR_SHARE_NAME_MAX]);
