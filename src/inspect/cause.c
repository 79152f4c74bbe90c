/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/cause.h"

#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

/* What each pattern needs to be named: proof, not likeness. */
static bool is_in_flight(const struct cause_evidence *e)
{
        return e->holder->kind == HOLDER_SOCKET_IN_FLIGHT;
}

static bool is_mapped_ring(const struct cause_evidence *e)
{
        return e->holder->kind == HOLDER_SOCKET_MAPPING && !e->open &&
               (e->holder->family < 0 || e->holder->family == AF_PACKET);
}

static bool is_io_uring(const struct cause_evidence *e)
{
        return e->holder->kind == HOLDER_IO_URING_FILE;
}

static bool is_tun(const struct cause_evidence *e)
{
        return e->holder->kind == HOLDER_TUN || e->holder->kind == HOLDER_TAP;
}

/* The client's end must be closed: a connection in use is no leak of the server's, and the client
 * may have given its end to another process. */
static bool is_accepted(const struct cause_evidence *e)
{
        return e->holder->kind == HOLDER_SOCKET && e->origin->kind == ORIGIN_ACCEPTED &&
               e->origin->peer_closed;
}

static bool is_close_wait(const struct cause_evidence *e)
{
        return e->holder->kind == HOLDER_SOCKET && e->detail && e->detail->state &&
               strcmp(e->detail->state, "close_wait") == 0;
}

/* Nothing was executed between the one that opened it and the holder. */
static bool is_same_program(const struct cause_evidence *e)
{
        const struct process_facts *p = e->process;

        if (e->origin->opener_comm[0])
                return e->origin->same_program;
        return p->executable && p->parent_executable &&
               strcmp(p->executable, p->parent_executable) == 0;
}

/* What the one that opened it runs is known where that one still runs, or is the parent. */
static bool is_opener_known(const struct cause_evidence *e)
{
        const struct process_facts *p = e->process;

        if (e->origin->opener_comm[0])
                return true;
        return p && p->executable && p->parent_executable &&
               (!e->origin->opener || e->origin->parent_has_it ||
                e->origin->opener == (uint32_t)p->parent);
}

/* Whether a program was executed since its opener had it, or not, cannot be known any more. */
static bool is_left_behind(const struct cause_evidence *e)
{
        return e->holder->kind == HOLDER_SOCKET && e->origin->kind == ORIGIN_INHERITED &&
               e->origin->has_cloexec && !e->origin->cloexec && e->origin->opener_gone;
}

static bool is_inherited(const struct cause_evidence *e)
{
        return e->holder->kind == HOLDER_SOCKET && e->origin->kind == ORIGIN_INHERITED &&
               e->origin->has_cloexec && !e->origin->cloexec && is_opener_known(e) &&
               !is_same_program(e);
}

static bool is_forked(const struct cause_evidence *e)
{
        return e->holder->kind == HOLDER_SOCKET && e->origin->kind == ORIGIN_INHERITED &&
               is_opener_known(e) && is_same_program(e);
}

/* A package-level handle is a second one of its kind: the kernel gives it a negative port id, for
 * the pid is taken. It was not inherited by a program that was started when it is close-on-exec. */
static bool is_netlink_handle(const struct cause_evidence *e)
{
        const struct holder *h = e->holder;
        const struct origin *o = e->origin;

        if (h->kind != HOLDER_SOCKET || h->family != AF_NETLINK ||
            (h->protocol != NETLINK_ROUTE && h->protocol != NETLINK_GENERIC &&
             h->protocol != NETLINK_NETFILTER && h->protocol != NETLINK_XFRM))
                return false;
        return o->kind == ORIGIN_OPENED ||
               (o->kind == ORIGIN_UNKNOWN && o->has_cloexec && o->cloexec && e->detail &&
                e->detail->port_id > INT32_MAX);
}

/* Go's runtime marks every fd close-on-exec, so such a socket was made by the program itself, or
 * sent to it; one with a client of its own is another pattern, and one that serves was meant. */
static bool is_go_thread(const struct cause_evidence *e)
{
        const struct process_facts *p = e->process;
        const struct origin *o = e->origin;

        return e->holder->kind == HOLDER_SOCKET && p && p->go && p->threads > 1 && o->has_cloexec &&
               o->cloexec && (o->kind == ORIGIN_OPENED || o->kind == ORIGIN_UNKNOWN) &&
               e->holder->family != AF_NETLINK && !e->serves;
}

/* The first that fits counts. */
const struct cause causes[] = {
        {"sockets_in_flight",
         "The socket was sent over a unix socket and waits there to be received: its receiver does "
         "not read, or has forgotten the connection",
         "Receive and close what is sent, and close connections that nobody reads", is_in_flight},
        {"mapped_packet_ring",
         "The socket's fd was closed, but its packet ring is still mapped, and the mapping keeps "
         "the socket",
         "Unmap the ring (munmap) before or after closing the socket", is_mapped_ring},
        {"io_uring_registered_file",
         "The socket's fd was closed, but it is still registered with an io_uring, and the ring "
         "keeps it",
         "Unregister files that are closed (io_uring_unregister_files)", is_io_uring},
        {"tun_left_open",
         "A tun or tap device of this namespace was opened, and its fd stays open after everything "
         "else has gone",
         "Close the tun fd when the container or machine it serves is gone", is_tun},
        {"accepted_and_never_closed",
         "It accepted a connection from a process inside, the client closed its end, and this end "
         "was never closed: an accepted unix socket belongs to its client's namespace",
         "Close a connection when its other end is closed (a read returns 0)", is_accepted},
        {"connection_left_in_close_wait",
         "The other end of the connection has closed it, and this end was never closed: it stays "
         "in CLOSE-WAIT for as long as its fd is open",
         "Close a connection when its other end is closed (a read returns 0), and give idle ones a "
         "time limit",
         is_close_wait},
        {"inherited_without_close_on_exec",
         "It inherited the socket from the process that opened it, because the socket was not "
         "marked close-on-exec",
         "Open sockets with SOCK_CLOEXEC in the program that starts this one", is_inherited},
        {"inherited_by_fork",
         "It was forked by the process that opened the socket, and keeps its copy",
         "Close in a forked worker what only its parent needs", is_forked},
        {"inherited_from_an_ended_process",
         "It inherited the socket from a process that has ended: that one started it, as a program or "
         "as a fork of its own, directly or by another",
         "Open sockets with SOCK_CLOEXEC, and close in a forked worker what only its parent needs",
         is_left_behind},
        {"netlink_handle_kept",
         "It opened a netlink handle inside, as programs do that configure a namespace, and keeps it",
         "Close netlink handles when the namespace they configure is torn down", is_netlink_handle},
        {"go_thread_in_wrong_namespace",
         "It is a Go program with several threads, and opened the socket itself: a goroutine that "
         "ran on a thread left inside the namespace makes sockets there",
         "Never unlock (runtime.UnlockOSThread) a thread that cannot be brought back to its own "
         "namespace",
         is_go_thread},
};

const size_t n_causes = ARRAY_SIZE(causes);

const struct cause *cause_find(const struct cause_evidence *evidence)
{
        for (size_t i = 0; i < n_causes; i++)
                if (causes[i].fits(evidence))
                        return &causes[i];
        return NULL;
}
