/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/cause.h"

#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#define EVIDENCE(name)                                                                             \
        static bool name(const struct holder *h, const struct process_facts *p,                    \
                         const struct origin *o, const struct socket_detail *d)

/* What each pattern needs to be named: proof, not likeness. */
EVIDENCE(is_in_flight)
{
        return h->kind == HOLDER_SOCKET_IN_FLIGHT;
}

EVIDENCE(is_mapped_ring)
{
        return h->kind == HOLDER_SOCKET_MAPPING && (h->family < 0 || h->family == AF_PACKET);
}

EVIDENCE(is_io_uring)
{
        return h->kind == HOLDER_IO_URING_FILE;
}

EVIDENCE(is_tun)
{
        return h->kind == HOLDER_TUN;
}

/* The client's end must be closed: a connection in use is no leak of the server's, and the client
 * may have given its end to another process. */
EVIDENCE(is_accepted)
{
        return h->kind == HOLDER_SOCKET && o->kind == ORIGIN_ACCEPTED && o->peer_closed;
}

/* Both have run the same program since: nothing was executed in between. */
static bool same_program(const struct process_facts *p)
{
        return p && p->executable && p->parent_executable &&
               strcmp(p->executable, p->parent_executable) == 0;
}

EVIDENCE(is_inherited)
{
        return h->kind == HOLDER_SOCKET && o->kind == ORIGIN_INHERITED && o->has_cloexec &&
               !o->cloexec && p && p->executable && p->parent_executable && !same_program(p);
}

EVIDENCE(is_forked)
{
        return h->kind == HOLDER_SOCKET && o->kind == ORIGIN_INHERITED && same_program(p);
}

EVIDENCE(is_netlink_handle)
{
        return h->kind == HOLDER_SOCKET && h->family == AF_NETLINK &&
               (h->protocol == NETLINK_ROUTE || h->protocol == NETLINK_GENERIC ||
                h->protocol == NETLINK_NETFILTER || h->protocol == NETLINK_XFRM) &&
               o->kind == ORIGIN_OPENED;
}

/* Go's runtime marks every fd close-on-exec, so such a socket was made by the program itself, or
 * sent to it; one with a client of its own is another pattern. */
EVIDENCE(is_go_thread)
{
        return h->kind == HOLDER_SOCKET && p && p->go && p->threads > 1 && o->has_cloexec &&
               o->cloexec && (o->kind == ORIGIN_OPENED || o->kind == ORIGIN_UNKNOWN) &&
               h->family != AF_NETLINK;
}

/* The first that fits counts. */
const struct cause causes[] = {
        {"sockets-in-flight",
         "The socket was sent over a unix socket and waits there to be received: its receiver does "
         "not read, or has forgotten the connection",
         "Receive and close what is sent, and close connections that nobody reads", is_in_flight},
        {"mapped-packet-ring",
         "The socket's fd was closed, but its packet ring is still mapped, and the mapping keeps "
         "the socket",
         "Unmap the ring (munmap) before or after closing the socket", is_mapped_ring},
        {"io-uring-registered-file",
         "The socket's fd was closed, but it is still registered with an io_uring, and the ring "
         "keeps it",
         "Unregister files that are closed (io_uring_unregister_files)", is_io_uring},
        {"tun-left-open",
         "A tun or tap device was opened inside, and its fd stays open after everything else has "
         "gone",
         "Close the tun fd when the container or machine it serves is gone", is_tun},
        {"accepted-and-never-closed",
         "It accepted a connection from a process inside, the client closed its end, and this end "
         "was never closed: an accepted unix socket belongs to its client's namespace",
         "Close a connection when its other end is closed (a read returns 0)", is_accepted},
        {"inherited-without-close-on-exec",
         "It inherited the socket from the process that opened it, because the socket was not "
         "marked close-on-exec",
         "Open sockets with SOCK_CLOEXEC in the program that starts this one", is_inherited},
        {"inherited-by-fork",
         "It was forked by the process that opened the socket, and keeps its copy",
         "Close in a forked worker what only its parent needs", is_forked},
        {"netlink-handle-kept",
         "It opened a netlink handle inside, as programs do that configure a namespace, and keeps it",
         "Close netlink handles when the namespace they configure is torn down", is_netlink_handle},
        {"go-thread-in-wrong-namespace",
         "It is a Go program with several threads, and opened the socket itself: a goroutine that "
         "ran on a thread left inside the namespace makes sockets there",
         "Never unlock (runtime.UnlockOSThread) a thread that could not be brought back to its own "
         "namespace",
         is_go_thread},
};

const size_t n_causes = ARRAY_SIZE(causes);

const struct cause *cause_find(const struct holder *holder, const struct process_facts *process,
                               const struct origin *origin, const struct socket_detail *detail)
{
        for (size_t i = 0; i < n_causes; i++)
                if (causes[i].fits(holder, process, origin, detail))
                        return &causes[i];
        return NULL;
}
