/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/state-parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/state-fields.h"
#include "ledger/state-format.h"
#include "ledger/state-holder.h"
#include "ledger/state-identity.h"
#include "ledger/store.h"
#include "util/json-load.h"
#include "util/text.h"

/* Whom @e is charged to. A file of version 1 does not say: the holder, then. */
static int parse_share_name(const json_t *object, const struct ledger_entry *e, const char **ret,
                            size_t *keys)
{
        const json_t *value = json_object_get(object, "share");
        const char *name = json_string_value(value);

        *ret = text_or(e->n_holders > 0 ? holder_unit(&e->holders[0]) : NULL, "uid 0");
        if (!value)
                return 0;
        (*keys)++;
        if (!name || !*name || strlen(name) >= FAIR_SHARE_NAME_MAX || !text_is_printable(name))
                return -EBADMSG;
        *ret = name;
        return 0;
}

static bool is_entry(const struct ledger_entry *e)
{
        return e->state != LEDGER_NONE &&
               (e->id.inode || e->id.cookie || netns_is_nameless(&e->id)) &&
               (e->held == 0 || (e->state == LEDGER_LEAKED && e->held != LEDGER_CHANGE_RESOLVED &&
                                 outbox_is_held_kind(e->held))) &&
               !(e->collected && (e->state != LEDGER_LEAKED || e->told || e->held));
}

static int parse_entry(const json_t *object, struct ledger *l)
{
        _cleanup_(ledger_entry_freep) struct ledger_entry *e = calloc(1, sizeof(*e));
        const char *share;
        size_t keys;
        int r;

        if (!e)
                return -ENOMEM;
        r = fields_parse_object(object, state_fields_entry, n_state_fields_entry, e, &keys);
        if (r >= 0)
                r = state_holder_parse_key(l, object, "toldHolder", &e->told_holder, &keys);
        if (r >= 0)
                r = state_holder_parse_all(json_object_get(object, "holders"), l, e);
        if (r >= 0)
                r = state_identity_parse(object, e->holders, e->n_holders, &e->id, &keys);
        if (r >= 0)
                r = parse_share_name(object, e, &share, &keys);
        if (r < 0)
                return r;
        if (keys + 1 != json_object_size(object) || !is_entry(e))
                return -EBADMSG;
        /* What an ignore rule would have to match may be more than was kept. */
        e->trimmed = e->n_holders < MIN(e->n_holders_total, (uint64_t)CENSUS_LISTED_MAX);
        return ledger_store_load(l, TAKE_PTR(e), share);
}

/* "history", which may be missing. */
static int parse_facts(const json_t *object, struct history_facts *ret, size_t *keys)
{
        const json_t *value = json_object_get(object, "history");
        size_t own;

        if (!value)
                return 0;
        (*keys)++;
        int r = fields_parse_object(value, state_fields_history, n_state_fields_history, ret, &own);
        return r >= 0 && own != json_object_size(value) ? -EBADMSG : r;
}

static int parse_history(const json_t *object, struct ledger *l)
{
        struct history_entry e = {};
        size_t keys;
        int r = fields_parse_object(object, state_fields_history_entry,
                                    n_state_fields_history_entry, &e, &keys);

        if (r >= 0)
                r = state_identity_parse(object, NULL, 0, &e.id, &keys);
        if (r >= 0)
                r = parse_facts(object, &e.facts, &keys);
        if (r >= 0 && (keys != json_object_size(object) || !e.id.inode))
                r = -EBADMSG;
        e.noted = history_facts_known(&e.facts);
        if (r >= 0)
                r = history_load(&l->history, &e);
        history_facts_clear(&e.facts);
        return r == -ENOSPC ? 0 : r;
}

static int parse_report(const json_t *object, struct ledger *l)
{
        _cleanup_(report_freep) struct report *report = calloc(1, sizeof(*report));
        const char *id;
        size_t keys;
        int r;

        if (!report)
                return -ENOMEM;
        r = fields_parse_object(object, state_fields_report, n_state_fields_report, report, &keys);
        if (r >= 0)
                r = state_holder_parse_key(l, object, "holder", &report->holder, &keys);
        if (r >= 0)
                r = state_holder_parse_key(l, object, "former", &report->former, &keys);
        if (r >= 0)
                r = state_identity_parse(object, &report->holder, 1, &report->netns, &keys);
        if (r >= 0)
                r = parse_facts(object, &report->history, &keys);
        if (r >= 0)
                r = state_identity_parse_list(object, &report->more, &report->n_more, &keys);
        if (r < 0)
                return r;
        id = json_string_value(json_object_get(object, "id"));
        if (!id || sd_id128_from_string(id, &report->id) < 0 ||
            keys + 1 != json_object_size(object) || (int)report->kind < 0 ||
            !ledger_change_is_journalled(report->kind) ||
            (report->n_more > 0 && report->n_more >= report->n_leaks))
                return -EBADMSG;
        return outbox_add(&l->outbox, TAKE_PTR(report));
}

static int parse_share(const json_t *object, struct ledger *l)
{
        const char *name = json_string_value(json_object_get(object, "name"));
        struct ledger_share read = {}, *s;
        size_t keys;
        int r = fields_parse_object(object, state_fields_share, n_state_fields_share, &read, &keys);

        if (r >= 0)
                r = fields_parse(object, state_fields_share_held, n_state_fields_share_held, &read,
                                 &keys);
        if (r < 0)
                return r;
        if (keys + 1 != json_object_size(object) || !name || !*name ||
            strlen(name) >= FAIR_SHARE_NAME_MAX || !text_is_printable(name))
                return -EBADMSG;
        s = ledger_share_get(&l->shares, name);
        if (!s)
                return -ENOMEM;
        read.share = s->share;
        *s = read;
        return 0;
}

static int parse_all(const json_t *array, struct ledger *l,
                     int (*parse)(const json_t *object, struct ledger *l))
{
        int r = 0;

        for (size_t i = 0; i < json_array_size(array) && r >= 0; i++)
                r = parse(json_array_get(array, i), l);
        return r;
}

/* Version 1: what was held back then was nobody's in particular. */
static int parse_old_window(const json_t *object, struct ledger *l, size_t *keys)
{
        struct ledger_share read = {}, *s = ledger_share_get(&l->shares, FAIR_SHARE_OTHERS);
        const json_t *summary = json_object_get(object, "windowSummary");
        const struct field *held = state_fields_share_held;

        if (!s)
                return -ENOMEM;
        if (!json_is_boolean(summary))
                return -EBADMSG;
        (*keys)++;
        int r = fields_parse(object, held, n_state_fields_share_held, &read, keys);
        if (r < 0)
                return r;
        memcpy(s->held, read.held, sizeof(s->held));
        return 0;
}

/* All of a file of version 1 but its header. */
static int parse_old(const char *text, size_t n, struct ledger *l)
{
        json_auto_t *object = NULL;
        int r = json_load(text, n, &object);
        if (r < 0)
                return r;
        const json_t *entries = json_object_get(object, "entries");
        const json_t *reports = json_object_get(object, "reports");
        size_t keys;

        r = fields_parse_object(object, state_fields_ledger, n_state_fields_ledger, l, &keys);
        if (r >= 0)
                r = parse_old_window(object, l, &keys);
        if (r >= 0 && (keys + 2 != json_object_size(object) || !json_is_array(entries) ||
                       !json_is_array(reports)))
                r = -EBADMSG;
        if (r >= 0)
                r = parse_all(entries, l, parse_entry);
        if (r >= 0)
                r = parse_all(reports, l, parse_report);
        return r;
}

/* The lines that are left to read. */
struct lines {
        const char *p, *end;
};

/* The next one, as what @parse makes of it. */
static int parse_line(struct lines *lines, struct ledger *l, void *userdata,
                      int (*parse)(const json_t *object, struct ledger *l, void *userdata))
{
        size_t left = (size_t)(lines->end - lines->p);
        const char *newline = left > 0 ? memchr(lines->p, '\n', left) : NULL;
        json_auto_t *object = NULL;

        if (!newline)
                return -EBADMSG;
        int r = json_load(lines->p, (size_t)(newline - lines->p), &object);
        lines->p = newline + 1;
        return r < 0 ? r : parse(object, l, userdata);
}

/* How many lines of each kind there are. */
struct counts {
        int version;
        json_int_t shares, entries, reports, history;
};

static int parse_first(const json_t *object, struct ledger *l, void *userdata)
{
        struct counts *counts = userdata;
        size_t keys;
        int r = fields_parse_object(object, state_fields_ledger, n_state_fields_ledger, l, &keys);

        if (r < 0)
                return r;
        bool has_history = counts->version > STATE_VERSION_LINES;
        if (keys + 3 + has_history != json_object_size(object) ||
            has_history != json_is_integer(json_object_get(object, "history")) ||
            json_unpack((json_t *)object, "{s:I,s:I,s:I,s?I}", "shares", &counts->shares, "entries",
                        &counts->entries, "reports", &counts->reports, "history",
                        &counts->history) < 0)
                return -EBADMSG;
        return counts->history >= 0 && counts->history <= HISTORY_MAX &&
                               counts->shares <= LEDGER_SHARES_MAX + 1 &&
                               counts->entries <= STATE_ENTRIES_MAX &&
                               counts->reports <= STATE_REPORTS_MAX
                       ? 0
                       : -EBADMSG;
}

static int parse_one(const json_t *object, struct ledger *l, void *userdata)
{
        int (*const *parse)(const json_t *, struct ledger *) = userdata;

        return (*parse)(object, l);
}

static int parse_lines(const char *text, size_t n, int version, struct ledger *l)
{
        struct lines lines = {text, text + n};
        struct counts counts = {.version = version};
        int r = parse_line(&lines, l, &counts, parse_first);
        const struct {
                json_int_t n;
                int (*parse)(const json_t *object, struct ledger *l);
        } kinds[] = {
                {counts.shares, parse_share},
                {counts.entries, parse_entry},
                {counts.history, parse_history},
                {counts.reports, parse_report},
        };

        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
                for (json_int_t i = 0; i < kinds[k].n && r >= 0; i++)
                        r = parse_line(&lines, l, (void *)&kinds[k].parse, parse_one);
        return r >= 0 && lines.p != lines.end ? -EBADMSG : r;
}

static int damaged(int r, const char *why, struct error *error)
{
        return r == -ENOMEM ? error_oom(error) : error_set(error, EBADMSG, "%s", why);
}

/* Checks the first line. Returns the version, or a negative errno. */
static int parse_header(const char *line, size_t n_line, const char *body, size_t n_body,
                        const char *boot_id, uint64_t pid_namespace, struct error *error)
{
        const char *boot, *sum;
        json_int_t version, ns;
        char expected[17];
        json_error_t why;
        json_auto_t *json = NULL;

        int r = json_load(line, n_line, &json);
        if (r < 0)
                return damaged(r, "its first line is not a JSON object", error);
        errno = 0;
        if (json_unpack_ex(json, &why, 0, "{s:I}", "nsorphandState", &version) < 0)
                return damaged(json_load_error(&why), "it is not a state file of nsorphand", error);
        if (version < STATE_VERSION_OLD || version > STATE_VERSION)
                return error_set(error, EBADMSG, "it has version %" PRId64 ", not %d",
                                 (int64_t)version, STATE_VERSION);
        errno = 0;
        if (json_unpack_ex(json, &why, JSON_STRICT, "{s:I,s:s,s:I,s:s}", "nsorphandState", &version,
                           "bootId", &boot, "pidNamespace", &ns, "checksum", &sum) < 0)
                return damaged(json_load_error(&why), "its first line is incomplete", error);
        /* That of version 1 leaves the last newline out. */
        (void)snprintf(expected, sizeof(expected), "%016" PRIx64,
                       state_fields_checksum(body, n_body - (version == STATE_VERSION_OLD)));
        if (strcmp(sum, expected) != 0)
                return error_set(error, EBADMSG, "its checksum is wrong");
        if (strcmp(boot, boot_id) != 0 || (uint64_t)ns != pid_namespace)
                return error_set(error, ESTALE, "it is of another boot or pid namespace");
        return (int)version;
}

int ledger_state_parse(struct ledger *l, const char *bytes, size_t n_bytes, const char *boot_id,
                       uint64_t pid_namespace, struct error *error)
{
        const char *end = memchr(bytes, '\n', n_bytes), *body;
        size_t n_body;
        int r;

        if (!end)
                return error_set(error, EBADMSG, "it is cut short");
        body = end + 1;
        n_body = n_bytes - (size_t)(body - bytes);
        if (n_body == 0 || body[n_body - 1] != '\n')
                return error_set(error, EBADMSG, "it is cut short");
        r = parse_header(bytes, (size_t)(end - bytes), body, n_body, boot_id, pid_namespace, error);
        if (r < 0)
                return r;
        r = r == STATE_VERSION_OLD ? parse_old(body, n_body - 1, l)
                                   : parse_lines(body, n_body, r, l);
        if (r < 0) {
                ledger_store_reset(l);
                return damaged(r, "its content is not a ledger", error);
        }
        ledger_store_settle(l);
        return 0;
}
