/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/entry.h"

#include <string.h>

static const char *const state_names[_LEDGER_STATE_MAX] = {
        [LEDGER_NONE] = "none",
        [LEDGER_SUSPECTED] = "suspected",
        [LEDGER_LEAKED] = "leaked",
};

const char *ledger_state_to_string(enum ledger_state state)
{
        return state < _LEDGER_STATE_MAX ? state_names[state] : NULL;
}

enum ledger_state ledger_state_from_string(const char *s)
{
        for (enum ledger_state state = 0; state < _LEDGER_STATE_MAX; state++)
                if (strcmp(state_names[state], s) == 0)
                        return state;
        return LEDGER_NONE;
}

static const char *const ending_names[_LEDGER_ENDING_MAX] = {
        [LEDGER_ENDING_ATTACHED] = "attached",
        [LEDGER_ENDING_PINNED] = "pinned",
        [LEDGER_ENDING_GONE] = "gone",
};

const char *ledger_ending_to_string(enum ledger_ending ending)
{
        return ending < _LEDGER_ENDING_MAX ? ending_names[ending] : NULL;
}

enum ledger_ending ledger_ending_from_string(const char *s)
{
        for (enum ledger_ending e = LEDGER_ENDING_NONE + 1; e < _LEDGER_ENDING_MAX; e++)
                if (strcmp(ending_names[e], s) == 0)
                        return e;
        return LEDGER_ENDING_NONE;
}

/* Replaces the borrowed strings of @h by copies of its own. */
static int holder_own_strings(struct ledger_holder *h)
{
        char **strings[] = {&h->comm, &h->unit, &h->path, &h->device, &h->reason};
        char *copies[ARRAY_SIZE(strings)] = {};

        for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
                if (!*strings[i])
                        continue;
                copies[i] = strdup(*strings[i]);
                if (!copies[i]) {
                        for (size_t j = 0; j < i; j++)
                                free(copies[j]);
                        *h = (struct ledger_holder){};
                        return -ENOMEM;
                }
        }
        for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
                *strings[i] = copies[i];
        return 0;
}

int ledger_holder_copy(struct ledger_holder *ret, const struct ledger_holder *from)
{
        *ret = *from;
        return holder_own_strings(ret);
}

int ledger_holder_from_census(struct ledger_holder *ret, const struct holder *from)
{
        *ret = (struct ledger_holder){
                .kind = from->kind,
                .carried = from->carried,
                .pid = from->pid,
                .tid = from->tid,
                .start_ticks = from->process ? from->process->start_ticks : 0,
                .fd = from->fd,
                .socket_inode = from->socket_inode,
                .family = from->family,
                .type = from->type,
                .protocol = from->protocol,
                .executable = from->process ? from->process->executable : (struct file_id){},
                .comm = from->process ? from->process->comm : NULL,
                .unit = from->process ? from->process->unit : NULL,
                .path = from->path,
                .device = from->device,
                .reason = (char *)from->reason, /* copied below, like the others */
        };
        return holder_own_strings(ret);
}

void ledger_holder_deinit(struct ledger_holder *h)
{
        free(h->comm);
        free(h->unit);
        free(h->path);
        free(h->device);
        free(h->reason);
        *h = (struct ledger_holder){};
}

static bool string_equal(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

bool ledger_holder_equal(const struct ledger_holder *a, const struct ledger_holder *b)
{
        return a->kind == b->kind && a->carried == b->carried && a->pid == b->pid &&
               a->tid == b->tid && a->start_ticks == b->start_ticks && a->fd == b->fd &&
               a->socket_inode == b->socket_inode && a->family == b->family && a->type == b->type &&
               a->protocol == b->protocol && string_equal(a->comm, b->comm) &&
               string_equal(a->unit, b->unit) && string_equal(a->path, b->path) &&
               string_equal(a->device, b->device);
}

void ledger_holders_free(struct ledger_holder *holders, size_t n)
{
        for (size_t i = 0; i < n; i++)
                ledger_holder_deinit(&holders[i]);
        free(holders);
}

struct ledger_entry *ledger_entry_free(struct ledger_entry *e)
{
        if (!e)
                return NULL;
        free(e->partial_reason);
        free(e->interfaces);
        free(e->addresses);
        ledger_holder_deinit(&e->told_holder);
        ledger_holders_free(e->holders, e->n_holders);
        free(e);
        return NULL;
}

uint64_t ledger_entry_age(const struct ledger_entry *e, uint64_t boottime_usec)
{
        return boottime_usec > e->first_seen_boot_usec ? boottime_usec - e->first_seen_boot_usec
                                                       : 0;
}
