/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-birth.h"

#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "report/birth-text.h"
#include "util/fair-share.h"
#include "util/text.h"

static void print_when(FILE *f, const struct explain *e, const struct explain_birth *b)
{
        if (b->first_usec == 0)
                return;
        if (b->last_usec / USEC_PER_SEC == b->first_usec / USEC_PER_SEC) {
                fputs(", on ", f);
                explain_text_time(f, e, b->first_usec);
                return;
        }
        fputs(", the first on ", f);
        explain_text_time(f, e, b->first_usec);
        fputs(", the last on ", f);
        explain_text_time(f, e, b->last_usec);
}

/* "dockerd (pid 812, docker.service), uid 0" */
static void print_opener(FILE *f, const struct birth *b)
{
        birth_text_print_opener(f, b);
        if (b->uid != UID_UNKNOWN)
                fprintf(f, ", uid %" PRIu32, (uint32_t)b->uid);
}

/* Another process has it: how it came by it is not known, but that it did is. */
static void print_by_another(FILE *f, const struct explain *e, const struct explain_birth *b)
{
        const struct held *held = b->first;
        const struct birth *birth = held->holder->birth;

        fprintf(f, "      %s by ", birth->accepted ? "Accepted" : "Opened");
        print_opener(f, birth);
        if (birth->thread)
                fprintf(f, ", thread '%s'", birth->thread);
        print_when(f, e, b);
        if (held->process) {
                fputs(", and held by ", f);
                explain_text_process(f, held->process);
                fputs(": it was inherited or passed on", f);
        }
        fprintf(f, ".%s\n",
                held->opener == HELD_OPENER_GONE   ? " The process that opened it has ended."
                : held->opener == HELD_OPENER_RUNS ? " The process that opened it still runs."
                                                   : "");
}

/* It may have executed another program since, or renamed itself. */
static void print_by_itself(FILE *f, const struct explain *e, const struct explain_birth *b)
{
        const struct birth *birth = b->first->holder->birth;
        const char *comm = b->first->process ? b->first->process->comm : NULL;

        fprintf(f, "      The process %s %s itself", birth->accepted ? "accepted" : "opened",
                b->n_sockets == 1 ? "it" : "them");
        if (birth->comm && comm && strcmp(birth->comm, comm) != 0)
                fprintf(f, ", when its name was %s", birth->comm);
        if (birth->thread)
                fprintf(f, ", in thread '%s'", birth->thread);
        print_when(f, e, b);
        fputs(".\n", f);
}

static void print_stack(FILE *f, const struct birth *b)
{
        if (b->n_frames == 0)
                return;
        fputs("      From, the innermost function first:\n", f);
        for (size_t i = 0; i < b->n_frames; i++) {
                fputs("        at ", f);
                birth_text_print_frame(f, &b->frames[i], false);
                fputc('\n', f);
        }
}

void explain_birth_print(FILE *f, const struct explain *e, const struct explain_birth *b)
{
        const struct holder *h = b->first->holder;

        if (holder_is_opener(h))
                print_by_itself(f, e, b);
        else
                print_by_another(f, e, b);
        if (!b->told)
                print_stack(f, h->birth);
        else if (h->birth->n_frames > 0)
                fputs("      From the same place as above.\n", f);
}

/* Of these kinds births are noted, whoever made them: a connection that was not accepted has none.
 */
static bool is_noted_kind(const struct holder *h)
{
        switch (h->kind) {
        case HOLDER_SOCKET:
        case HOLDER_SOCKET_MAPPING:
        case HOLDER_SOCKET_CLOSING:
        case HOLDER_TUN:
        case HOLDER_TAP:
                return true;
        case HOLDER_SOCKET_IN_FLIGHT:
                return h->carried == HOLDER_SOCKET || h->carried == HOLDER_TUN ||
                       h->carried == HOLDER_TAP;
        default:
                return false;
        }
}

/* Whether the daemon's last scan has the same socket, without a birth either. */
static bool daemon_has(const struct explain_history *history, const struct holder *h)
{
        for (size_t i = 0; i < history->n_holders; i++)
                if (holder_same_socket(&history->holders[i], h))
                        return true;
        return false;
}

static size_t count_unknown(const struct explain *e, bool by_daemon)
{
        const struct inspection *i = e->inspection;
        size_t n = 0;

        for (size_t k = 0; k < i->n_held; k++) {
                const struct holder *h = i->held[k].holder;
                size_t m = 0;

                if (h->birth || !is_noted_kind(h) || (by_daemon && !daemon_has(&e->history, h)))
                        continue;
                while (m < k && !holder_same_socket(i->held[m].holder, h) &&
                       (h->socket_inode == 0 || i->held[m].holder->socket_inode != h->socket_inode))
                        m++;
                n += m == k;
        }
        return n;
}

void explain_birth_print_unknown(FILE *f, const struct explain *e)
{
        bool by_daemon = e->census->trace.which == BIRTH_TRACE_NO;
        const struct census_trace *t = by_daemon ? &e->history.trace : &e->census->trace;
        size_t n = t->which == BIRTH_TRACE_NO ? 0 : count_unknown(e, by_daemon);

        if (n == 0)
                return;
        if (n == 1)
                fputs("  Who opened one of these sockets was not noted: it is older than the notes, "
                      "which began on ",
                      f);
        else
                fprintf(f,
                        "  Who opened %zu of these sockets was not noted: they are older than the "
                        "notes, which began on ",
                        n);
        explain_text_time(f, e, t->since_usec);
        if (t->which == BIRTH_TRACE_FOREIGN)
                fputs(", or opened by a process of that namespace", f);
        if (t->refused > 0)
                fprintf(f, ", or among %" PRIu64 " that were refused for want of room", t->refused);
        fputs(", or of a kind that is not noted.\n", f);
}
