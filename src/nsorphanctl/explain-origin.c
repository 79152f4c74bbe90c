/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-origin.h"

#include <inttypes.h>
#include <sys/socket.h>

#include "util/text.h"

static void print_client(FILE *f, const struct held *held, size_t n_sockets)
{
        const struct origin *o = &held->origin;

        if (n_sockets > 1) {
                fprintf(f, "      Accepted from clients inside%s.\n",
                        o->peer_closed ? "; the clients' ends are closed" : "");
                return;
        }
        fputs("      Accepted from a client inside", f);
        if (o->client > 0)
                fprintf(f, ", pid %d%s", (int)o->client, o->client_gone ? ", which has ended" : "");
        if (o->has_client)
                fprintf(f, ", of uid %" PRIu32, (uint32_t)o->client_uid);
        fputs(o->peer_closed ? "; the client's end is closed.\n" : ".\n", f);
}

static void print_inherited(FILE *f, const struct held *held, size_t n_sockets)
{
        const struct origin *o = &held->origin;
        const struct process_facts *p = held->process;
        const char *it = n_sockets == 1 ? "it" : "them";

        if (o->opener && o->opener == (uint32_t)p->parent)
                fprintf(f, "      Inherited: its parent %s (pid %d) opened %s.\n",
                        text_or(p->parent_comm, ""), (int)p->parent, it);
        else if (o->opener_comm[0])
                fprintf(f, "      Inherited: %s (pid %" PRIu32 ") opened %s.\n", o->opener_comm,
                        o->opener, it);
        else if (o->parent_has_it)
                fprintf(f, "      Inherited: its parent %s (pid %d) has the same socket%s open.\n",
                        text_or(p->parent_comm, ""), (int)p->parent, n_sockets == 1 ? "" : "s");
        else
                fprintf(f, "      Inherited: opened by process %" PRIu32 ", which has ended.\n",
                        o->opener);
}

void explain_origin_print(FILE *f, const struct held *held, size_t n_sockets)
{
        const struct origin *o = &held->origin;
        const char *it = n_sockets == 1 ? "it" : "them";

        switch (o->kind) {
        case ORIGIN_OPENED:
                fprintf(f, "      The process opened %s itself: the %s.\n", it,
                        held->holder->family != AF_NETLINK ? "other end was accepted from it"
                        : held->detail && origin_port_is_made(held->detail->port_id)
                                ? "port id has its pid in it"
                                : "port id is its pid");
                break;
        case ORIGIN_INHERITED:
                print_inherited(f, held, n_sockets);
                break;
        case ORIGIN_RECEIVED:
                fprintf(f, "      Received over a unix socket from process %" PRIu32 ".\n",
                        o->opener);
                break;
        case ORIGIN_PASSED:
                fprintf(f,
                        "      Opened by another process, which had the pid %" PRIu32
                        " (in its own pid namespace), then inherited or received.\n",
                        o->opener);
                break;
        case ORIGIN_ACCEPTED:
                print_client(f, held, n_sockets);
                break;
        default:
                break;
        }
}
