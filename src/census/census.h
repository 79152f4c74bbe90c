/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The census: all network namespaces with their holders and verdicts at one moment, and how much
 * of the host was seen. A value: made by a scan, handed over whole, then only read. Every string
 * in it is escaped already (util/text.h) and safe to print. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "census/holder.h"
#include "util/fair-share.h"
#include "util/macro.h"

/* What a namespace is, from its holders alone. */
enum verdict {
        VERDICT_ATTACHED, /* a task is in it */
        VERDICT_PINNED,   /* else an nsfs reference (fd, in flight, mount) leads to it */
        VERDICT_ORPHANED, /* else: only sockets and their like keep it alive */
        _VERDICT_MAX,
};

const char *verdict_to_string(enum verdict verdict);
int verdict_from_string(const char *s); /* enum verdict or -EINVAL */

/* The holder that a nameless namespace is known by: one whose namespace can not be read, but is
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
int nameless_compare(const struct nameless *a, const struct nameless *b);

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
                           tables can not hide one (Linux 6.18+) */
        bool has_owner;
        uint64_t owner_userns; /* inode of the owning user namespace, 0 when unknown */
        uid_t owner_uid;       /* of that user namespace, as seen from ours */
        struct netns_references references;
        uid_t charged_uid; /* of the outermost user namespace it is in, below ours: a user can make
                              others inside that, and have many uids there */
        uint64_t count[_HOLDER_KIND_MAX]; /* holders seen, by kind: exact */
        struct holder *holders;           /* some of them: in order of kind, pid, tid, fd */
        size_t n_holders;
};

/* So many holders of one namespace are listed at most; `count` has them all. Where there are more,
 * a few of each user and of each of its processes are, so that nobody hides another holder. */
#define CENSUS_LISTED_MAX 64

/* All holders of @ns, listed or not. */
uint64_t netns_holder_count(const struct netns *ns);

/* Why a view is not complete. Each is counted; the text is in coverage_gap_text(). */
enum coverage_gap {
        GAP_PROCESS_UNREADABLE, /* ptrace access refused: its fds are unseen */
        GAP_TASK_UNPROVEN,      /* nor could the namespace it is in be proved */
        GAP_PROCESS_SKIPPED,    /* left out, because an earlier scan got stuck on it */
        GAP_FD_REFUSED,         /* pidfd_getfd or an ioctl on its result was refused */
        GAP_THREAD_FDS,         /* a thread's own fd table that this kernel gives no access to */
        GAP_PID_NAMESPACE,      /* we do not see the processes outside our pid namespace */
        GAP_HIDDEN_PROCESSES,   /* procfs is mounted with hidepid= or subset= */
        GAP_MOUNTS_UNREADABLE,  /* a mount namespace nobody readable is in */
        GAP_IN_FLIGHT_OFF,      /* queues hold files, and Deep= is off */
        GAP_IN_FLIGHT_LIMIT,    /* a queue was too deep, too long, or had SO_PEEK_OFF set */
        GAP_IN_FLIGHT_BLOCKED,  /* a look into a queue got stuck, now or before */
        GAP_FAULT,              /* a system call failed that should not; the errno says how */
        GAP_HOLDER_UNRESOLVED,  /* the namespace of a holder could not be told */
        GAP_TOO_MANY_FILES,     /* no time for all files of a process, or of all those of a user */
        GAP_UNEXPLAINED,        /* the kernel counts references that nothing found accounts for */
        GAP_NOT_LOOKED_AT,      /* nor was it looked for them: their owner has used up its share */
        GAP_EXITING,            /* a task that has begun to end, and shows its files no more */
        GAP_RING,               /* an io_uring does not show all it holds */
        GAP_BPF_LINKS,          /* the BPF links of this host could not be listed */
        GAP_UNSETTLED,          /* tasks came and went too fast for a proof */
        GAP_NETNS_UNSEEN,       /* a namespace lives that nothing visible leads to */
        GAP_MAPS_LEFT_OUT,      /* not read, because that has got scans stuck elsewhere */
        _COVERAGE_GAP_MAX,
};

struct coverage_count {
        uint64_t count;
        pid_t first_pid;  /* 0 when not of a process */
        int first_errnum; /* positive, 0 when none */
};

struct coverage {
        bool complete;       /* nothing that could hold a namespace was left unseen */
        bool tasks_complete; /* the namespace of every task is known */
        uint64_t processes;
        uint64_t threads;
        uint64_t fds;
        uint64_t sockets; /* distinct socket inodes */
        uint64_t unreadable_processes;
        uint64_t unresolved_holders;
        struct coverage_count gaps[_COVERAGE_GAP_MAX];
};

/* A sentence about @gap without full stop, e.g. "1 process could not be read (pid 1: Permission
 * denied)", or NULL when its count is 0. New string; *ret NULL and -ENOMEM when out of memory. */
int coverage_gap_text(const struct coverage *c, enum coverage_gap gap, char **ret);

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
        uint64_t unlisted; /* holders whose namespace could not be read, beyond those listed */
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

struct census {
        uint64_t start_usec;          /* CLOCK_REALTIME */
        uint64_t start_boottime_usec; /* CLOCK_BOOTTIME: a process that began later is younger */
        uint64_t duration_usec;
        const char *collector;     /* the source: "procfs" or "bpf" */
        struct census_check check; /* zero where it was not asked for, or not by BPF */
        char not_bpf[384]; /* why it is not BPF, a clause; empty where it is, or was not to be */
        bool cookies;      /* this kernel has SO_NETNS_COOKIE: identities are exact */
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

/* The name of the share that a namespace is charged to. Its owner decides, for a holder may be a
 * victim; of what root made, the unit of the first holder, and of what has no known owner, that
 * holder's user. */
const char *netns_share(const struct netns *ns, char buffer[static FAIR_SHARE_NAME_MAX]);

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
