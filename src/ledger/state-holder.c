/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/state-holder.h"

#include "ledger/state-birth.h"
#include "ledger/state-fields.h"

static void state_holder_deinit(struct state_holder *h)
{
        free(h->process.comm);
        free(h->process.unit);
        free(h->holder.path);
        free(h->holder.device);
        free((char *)h->holder.reason);
        birth_unref(h->holder.birth);
}

static int parse_holder(struct ledger *l, const json_t *object, struct holder *ret)
{
        _cleanup_(state_holder_deinit) struct state_holder read = {};
        struct holder *h = &read.holder;
        size_t keys;
        int r = fields_parse_object(object, state_fields_holder, n_state_fields_holder, &read,
                                    &keys);

        if (r >= 0)
                r = state_birth_parse(object, &h->birth, &keys);
        if (r < 0)
                return r;
        if (keys != json_object_size(object) || h->kind == HOLDER_NONE)
                return -EBADMSG;
        read.process.pid = h->pid;
        read.process.uid = h->uid = UID_UNKNOWN;
        struct process *process = process_copy(&read.process);
        if (!process)
                return -ENOMEM;
        *ret = *h;
        ret->path = TAKE_PTR(h->path);
        ret->device = TAKE_PTR(h->device);
        ret->reason = ledger_store_keep_reason(l, (char *)TAKE_PTR(h->reason));
        ret->birth = TAKE_PTR(h->birth);
        ret->process = process;
        return 0;
}

int state_holder_parse_key(struct ledger *l, const json_t *object, const char *key,
                           struct holder *h, size_t *keys)
{
        const json_t *value = json_object_get(object, key);

        if (!value)
                return 0;
        (*keys)++;
        return parse_holder(l, value, h);
}

int state_holder_parse_all(const json_t *array, struct ledger *l, struct ledger_entry *e)
{
        size_t n = json_array_size(array);

        if (!json_is_array(array) || n > CENSUS_LISTED_MAX || n > e->n_holders_total)
                return -EBADMSG;
        e->holders = calloc(n + 1, sizeof(*e->holders));
        if (!e->holders)
                return -ENOMEM;
        for (; e->n_holders < n; e->n_holders++) {
                int r = parse_holder(l, json_array_get(array, e->n_holders),
                                     &e->holders[e->n_holders]);
                if (r < 0)
                        return r;
        }
        return 0;
}
