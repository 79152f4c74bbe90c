/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How a process came by the socket it holds, as far as the kernel still tells. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "census/census.h"
#include "inspect/inside.h"
#include "inspect/process-facts.h"

enum origin_kind {
        ORIGIN_UNKNOWN,   /* no evidence */
        ORIGIN_OPENED,    /* by the process itself: a netlink socket has its port id, the other end
                             of a unix socket says so */
        ORIGIN_INHERITED, /* its parent has the same socket, or its parent or one that its parent
                             came from has opened it */
        ORIGIN_RECEIVED,  /* over a unix socket: who opened it has it too, and is the younger */
        ORIGIN_PASSED,    /* opened by another process, then inherited or received */
        ORIGIN_ACCEPTED,  /* from a listening unix socket: it belongs to the client's namespace */
        _ORIGIN_KIND_MAX,
};

/* "opened", "inherited", ...; NULL for ORIGIN_UNKNOWN. */
const char *origin_kind_to_string(enum origin_kind kind);

/* What was seen of one socket; what the verdict below is made from. */
struct origin_evidence {
        pid_t holder;
        const pid_t *holder_pids; /* numbers of the holder in all its pid namespaces */
        size_t n_holder_pids;
        pid_t parent;          /* of the holder; 0 unknown */
        bool parent_has_it;    /* the same socket is open in the parent */
        uint32_t netlink_port; /* 0: not a netlink socket, or not bound */
        bool younger_opener;   /* the process with that number has the same socket open, and was
                                  started after the holder: no ancestor of it */
        bool forebear;         /* the process with that number is, or was, older than the holder,
                                  which can have come from it: a socket for all programs started */
        bool unix_accepted;    /* a connected unix socket that has its listener's name */
};

/* A pure function. */
enum origin_kind origin_judge(const struct origin_evidence *e);

/* Whether a library has made the port id of a netlink socket, which is more than a pid then. */
bool origin_port_is_made(uint32_t port);

/* The 15 bytes of a name, each escaped. */
#define ORIGIN_COMM_MAX 64

struct origin {
        enum origin_kind kind;
        bool has_cloexec; /* whether fd flags could be read */
        bool cloexec;
        uint32_t opener;    /* who opened it, by its netlink port id: a pid in the pid namespace of
                               that process, not always in ours; 0 unknown */
        bool parent_has_it; /* the same socket is open in the parent */
        char opener_comm[ORIGIN_COMM_MAX]; /* its name, escaped; empty where it is not known */
        bool same_program;                 /* it runs the same program as the holder */
        bool opener_gone;                  /* it was no parent of the holder's, and has ended */
        bool has_client;                   /* accepted: SO_PEERCRED of the client */
        pid_t client;                      /* 0 where it has no number in our pid namespace */
        uid_t client_uid;
        bool client_gone;
        bool peer_closed; /* unix: there is no other end any more */
};

/* Whether @holder may have been accepted: a connected unix socket with a name. */
bool origin_may_be_accepted(const struct holder *holder, const struct socket_detail *detail);

/* Looks at the socket behind @holder, one of @ns's. @process and @detail (may be NULL) say what is
 * known of both; @listened: its name is that of a listening socket. Duplicates an accepted socket
 * for a moment, to ask for its client. Never fails: what cannot be read is not known. */
void origin_read(const struct netns *ns, const struct holder *holder,
                 const struct process_facts *process, const struct socket_detail *detail,
                 bool listened, struct origin *ret);
