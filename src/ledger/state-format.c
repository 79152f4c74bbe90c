/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/state-format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/state-birth.h"
#include "ledger/state-fields.h"
#include "ledger/state-identity.h"
#include "ledger/store.h"

static void print_end_of_line(struct text_buffer *b)
{
        fields_print_end(b, '}');
        text_buffer_add(b, "\n", 1);
}

static void print_holder(struct text_buffer *b, const struct holder *h)
{
        const struct state_holder whole = {*h, h->process ? process_value(h->process)
                                                          : (struct process){}};

        text_buffer_add(b, "{", 1);
        fields_print(b, state_fields_holder, n_state_fields_holder, &whole);
        state_birth_print(b, h->birth);
        fields_print_end(b, '}');
        text_buffer_add(b, ",", 1);
}

/* A holder that is none (kind 0) is left out. */
static void print_named_holder(struct text_buffer *b, const char *key, const struct holder *h)
{
        if (h->kind == HOLDER_NONE)
                return;
        fields_print_key(b, key);
        print_holder(b, h);
}

static void print_entry(struct text_buffer *b, const struct ledger_entry *e)
{
        text_buffer_add(b, "{", 1);
        fields_print(b, state_fields_entry, n_state_fields_entry, e);
        state_identity_print(b, &e->id);
        fields_print_key(b, "share");
        text_buffer_add_json(b, e->share->share.name);
        text_buffer_add(b, ",", 1);
        print_named_holder(b, "toldHolder", &e->told_holder);
        fields_print_key(b, "holders");
        text_buffer_add(b, "[", 1);
        for (size_t i = 0; i < e->n_holders; i++)
                print_holder(b, &e->holders[i]);
        fields_print_end(b, ']');
        print_end_of_line(b);
}

static void print_facts(struct text_buffer *b, const struct history_facts *f)
{
        text_buffer_add(b, "{", 1);
        fields_print(b, state_fields_history, n_state_fields_history, f);
        fields_print_end(b, '}');
}

static void print_history(struct text_buffer *b, const struct history_entry *e)
{
        text_buffer_add(b, "{", 1);
        fields_print(b, state_fields_history_entry, n_state_fields_history_entry, e);
        state_identity_print(b, &e->id);
        fields_print_key(b, "history");
        print_facts(b, &e->facts);
        text_buffer_add(b, ",", 1);
        print_end_of_line(b);
}

static void print_report(struct text_buffer *b, const struct report *r)
{
        char id[SD_ID128_STRING_MAX];

        text_buffer_add(b, "{", 1);
        fields_print(b, state_fields_report, n_state_fields_report, r);
        if (history_facts_known(&r->history)) {
                fields_print_key(b, "history");
                print_facts(b, &r->history);
                text_buffer_add(b, ",", 1);
        }
        state_identity_print(b, &r->netns);
        state_identity_print_list(b, r->more, r->n_more);
        fields_print_key(b, "id");
        text_buffer_add_json(b, sd_id128_to_string(r->id, id));
        text_buffer_add(b, ",", 1);
        print_named_holder(b, "holder", &r->holder);
        print_named_holder(b, "former", &r->former);
        print_end_of_line(b);
}

static void print_share(struct text_buffer *b, const struct ledger_share *s)
{
        text_buffer_add(b, "{", 1);
        fields_print_key(b, "name");
        text_buffer_add_json(b, s->share.name);
        text_buffer_add(b, ",", 1);
        fields_print(b, state_fields_share, n_state_fields_share, s);
        fields_print(b, state_fields_share_held, n_state_fields_share_held, s);
        print_end_of_line(b);
}

static void print_count(struct text_buffer *b, const char *key, size_t n)
{
        fields_print_key(b, key);
        text_buffer_add_i64(b, (int64_t)n);
        text_buffer_add(b, ",", 1);
}

int ledger_state_format_body(const struct ledger *l, struct text_buffer *ret)
{
        text_buffer_add(ret, "{", 1);
        fields_print(ret, state_fields_ledger, n_state_fields_ledger, l);
        print_count(ret, "shares", HASH_COUNT(l->shares.shares));
        print_count(ret, "entries", l->n_entries);
        print_count(ret, "history", l->history.n);
        print_count(ret, "reports", l->outbox.n);
        print_end_of_line(ret);
        FAIR_SHARE_FOREACH(&l->shares, s)
                print_share(ret, ledger_share_of(s));
        for (size_t i = 0; i < l->n_entries; i++)
                print_entry(ret, l->entries[i]);
        for (size_t i = 0; i < l->history.n; i++)
                print_history(ret, &l->history.entries[i]);
        for (size_t i = 0; i < l->outbox.n; i++)
                print_report(ret, l->outbox.reports[i]);
        return ret->failed ? -ENOMEM : 0;
}

int ledger_state_format_header(char *buffer, size_t size, const struct text_buffer *body,
                               const char *boot_id, uint64_t pid_namespace)
{
        return snprintf(buffer, size,
                        "{\"nsorphandState\":%d,\"bootId\":\"%s\",\"pidNamespace\":%" PRIu64
                        ",\"checksum\":\"%016" PRIx64 "\"}\n",
                        STATE_VERSION, boot_id, pid_namespace,
                        state_fields_checksum(body->text, body->n));
}

char *ledger_state_format(const struct ledger *l, const char *boot_id, uint64_t pid_namespace,
                          size_t *ret_size)
{
        _cleanup_(text_buffer_deinit) struct text_buffer body = {}, whole = {};
        char header[STATE_HEADER_MAX];

        if (ledger_state_format_body(l, &body) < 0)
                return NULL;
        (void)ledger_state_format_header(header, sizeof(header), &body, boot_id, pid_namespace);
        text_buffer_add_string(&whole, header);
        text_buffer_add(&whole, body.text, body.n);
        text_buffer_add(&whole, "", 1);
        if (whole.failed)
                return NULL;
        *ret_size = whole.n - 1;
        return TAKE_PTR(whole.text);
}
