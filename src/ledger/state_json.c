/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/fields.h"
#include "ledger/ledger_private.h"
#include "ledger/state-identity.h"
#include "ledger/state.h"

/* Two lines of JSON: a header that says what the second line is and how it adds up, and the
 * ledger. A version is only ever read by the program that writes it. */
#define STATE_VERSION 1

static const char *state_name(unsigned value)
{
        return ledger_state_to_string(value);
}

static int state_from_name(const char *name)
{
        return (int)ledger_state_from_string(name);
}

static const char *ending_name(unsigned value)
{
        return ledger_ending_to_string(value);
}

static int ending_from_name(const char *name)
{
        return (int)ledger_ending_from_string(name);
}

static const char *change_name(unsigned value)
{
        return ledger_change_to_string(value);
}

#define HOLDER(key, type, member)                                                                  \
        {                                                                                          \
                key, type, offsetof(struct ledger_holder, member)                                  \
        }
static const struct field holder_fields[] = {
        {"kind", FIELD_NAME, offsetof(struct ledger_holder, kind), state_kind_to_name,
         state_kind_from_name, HOLDER_NONE},
        {"carried", FIELD_NAME, offsetof(struct ledger_holder, carried), state_kind_to_name,
         state_kind_from_name, HOLDER_NONE},
        HOLDER("pid", FIELD_INT, pid),
        HOLDER("tid", FIELD_INT, tid),
        HOLDER("startTicks", FIELD_U64, start_ticks),
        HOLDER("fd", FIELD_INT, fd),
        HOLDER("socketInode", FIELD_U64, socket_inode),
        HOLDER("family", FIELD_INT, family),
        HOLDER("type", FIELD_INT, type),
        HOLDER("protocol", FIELD_INT, protocol),
        HOLDER("executableDevice", FIELD_U64_OR_NONE, executable.device),
        HOLDER("executableInode", FIELD_U64_OR_NONE, executable.inode),
        HOLDER("comm", FIELD_STRING, comm),
        HOLDER("unit", FIELD_STRING, unit),
        HOLDER("path", FIELD_STRING, path),
        HOLDER("device", FIELD_STRING, device),
        HOLDER("reason", FIELD_STRING, reason),
};
#undef HOLDER

#define ENTRY(key, type, member)                                                                   \
        {                                                                                          \
                key, type, offsetof(struct ledger_entry, member)                                   \
        }
static const struct field entry_fields[] = {
        {"state", FIELD_NAME, offsetof(struct ledger_entry, state), state_name, state_from_name,
         LEDGER_NONE},
        ENTRY("firstSeenUSec", FIELD_U64, first_seen_usec),
        ENTRY("firstSeenBootUSec", FIELD_U64, first_seen_boot_usec),
        ENTRY("lastSeenUSec", FIELD_U64, last_seen_usec),
        ENTRY("lastSeenBootUSec", FIELD_U64, last_seen_boot_usec),
        ENTRY("leakedUSec", FIELD_U64, leaked_usec),
        ENTRY("leakedBootUSec", FIELD_U64, leaked_boot_usec),
        ENTRY("censuses", FIELD_U64, n_censuses),
        ENTRY("ignored", FIELD_BOOL, ignored),
        ENTRY("unconfirmed", FIELD_BOOL, unconfirmed),
        ENTRY("partial", FIELD_BOOL, partial),
        ENTRY("partialReason", FIELD_STRING, partial_reason),
        ENTRY("told", FIELD_BOOL, told),
        ENTRY("toldBootUSec", FIELD_U64, told_boot_usec),
        ENTRY("holderCount", FIELD_U64, n_holders_total),
        ENTRY("noted", FIELD_BOOL, noted),
        ENTRY("interfaces", FIELD_STRING, interfaces),
        ENTRY("addresses", FIELD_STRING, addresses),
};
#undef ENTRY

#define REPORT(key, type, member)                                                                  \
        {                                                                                          \
                key, type, offsetof(struct report, member)                                         \
        }
static const struct field report_fields[] = {
        {"kind", FIELD_NAME, offsetof(struct report, kind), change_name, ledger_change_from_string,
         -1},
        REPORT("sequence", FIELD_U64, sequence),
        REPORT("realtimeUSec", FIELD_U64, time.realtime_usec),
        REPORT("boottimeUSec", FIELD_U64, time.boottime_usec),
        {"ending", FIELD_NAME, offsetof(struct report, ending), ending_name, ending_from_name,
         LEDGER_ENDING_NONE},
        REPORT("sinceUSec", FIELD_U64, since_usec),
        REPORT("ageUSec", FIELD_U64, age_usec),
        REPORT("holderCount", FIELD_U64, n_holders),
        REPORT("partialReason", FIELD_STRING, partial_reason),
        REPORT("interfaces", FIELD_STRING, interfaces),
        REPORT("addresses", FIELD_STRING, addresses),
        REPORT("detail", FIELD_STRING, detail),
};
#undef REPORT

#define LEDGER(key, type, member)                                                                  \
        {                                                                                          \
                key, type, offsetof(struct ledger, member)                                         \
        }
static const struct field ledger_fields[] = {
        LEDGER("sequence", FIELD_U64, sequence),
        LEDGER("coverageTold", FIELD_U32, coverage.told),
        LEDGER("coverageClean", FIELD_U32, coverage.clean),
        LEDGER("failing", FIELD_BOOL, failing),
        LEDGER("overranBootUSec", FIELD_U64, overran_boot_usec),
        LEDGER("windowBootUSec", FIELD_U64, outbox.window_boot_usec),
        LEDGER("windowReports", FIELD_U32, outbox.n_in_window),
        LEDGER("windowSummary", FIELD_BOOL, outbox.summary_in_window),
        LEDGER("heldLeaked", FIELD_U64, outbox.held[LEDGER_CHANGE_LEAKED]),
        LEDGER("heldHolderChanged", FIELD_U64, outbox.held[LEDGER_CHANGE_HOLDER_CHANGED]),
        LEDGER("heldReminder", FIELD_U64, outbox.held[LEDGER_CHANGE_REMINDER]),
        LEDGER("heldResolved", FIELD_U64, outbox.held[LEDGER_CHANGE_RESOLVED]),
};
#undef LEDGER

/* FNV-1a, 64 bits: against accidents, not against malice (the directory is root's). */
static uint64_t checksum(const char *bytes, size_t n_bytes)
{
        uint64_t sum = UINT64_C(0xcbf29ce484222325);

        for (size_t i = 0; i < n_bytes; i++)
                sum = (sum ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
        return sum;
}

/* Sets @key of @object to a new object of @fields, and returns that (borrowed), or NULL. */
static json_t *add_structure(json_t *object, const char *key, const struct field *fields, size_t n,
                             const void *structure)
{
        json_t *made = json_object();

        if (!made || fields_format(made, fields, n, structure) < 0) {
                json_decref(made);
                return NULL;
        }
        if (key ? json_object_set_new(object, key, made) < 0
                : json_array_append_new(object, made) < 0)
                return NULL;
        return made;
}

/* A holder that is none (kind 0) is left out. */
static int add_holder(json_t *object, const char *key, const struct ledger_holder *h)
{
        if (h->kind == HOLDER_NONE)
                return 0;
        return add_structure(object, key, holder_fields, ARRAY_SIZE(holder_fields), h) ? 0
                                                                                       : -ENOMEM;
}

static int add_entry(json_t *array, const struct ledger_entry *e)
{
        json_t *object = add_structure(array, NULL, entry_fields, ARRAY_SIZE(entry_fields), e);
        json_t *holders;

        if (!object || state_identity_format(object, &e->id) < 0 ||
            add_holder(object, "toldHolder", &e->told_holder) < 0)
                return -ENOMEM;
        holders = json_array();
        if (!holders || json_object_set_new(object, "holders", holders) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < e->n_holders; i++)
                if (add_holder(holders, NULL, &e->holders[i]) < 0)
                        return -ENOMEM;
        return 0;
}

static int add_report(json_t *array, const struct report *r)
{
        char id[SD_ID128_STRING_MAX];
        json_t *object = add_structure(array, NULL, report_fields, ARRAY_SIZE(report_fields), r);

        if (!object || state_identity_format(object, &r->netns) < 0 ||
            json_object_set_new(object, "id", json_string(sd_id128_to_string(r->id, id))) < 0 ||
            add_holder(object, "holder", &r->holder) < 0 ||
            add_holder(object, "former", &r->former) < 0)
                return -ENOMEM;
        return 0;
}

static json_t *ledger_to_json(const struct ledger *l)
{
        json_t *object = json_object();
        json_t *entries = json_array(), *reports = json_array();
        int r = object && entries && reports ? 0 : -ENOMEM;

        if (r >= 0)
                r = fields_format(object, ledger_fields, ARRAY_SIZE(ledger_fields), l);
        for (size_t i = 0; i < l->n_entries && r >= 0; i++)
                r = add_entry(entries, l->entries[i]);
        for (size_t i = 0; i < l->outbox.n && r >= 0; i++)
                r = add_report(reports, l->outbox.reports[i]);
        if (r >= 0 && (json_object_set(object, "entries", entries) < 0 ||
                       json_object_set(object, "reports", reports) < 0))
                r = -ENOMEM;
        json_decref(entries);
        json_decref(reports);
        if (r < 0) {
                json_decref(object);
                return NULL;
        }
        return object;
}

char *ledger_state_format(const struct ledger *l, const char *boot_id, uint64_t pid_namespace,
                          size_t *ret_size)
{
        _cleanup_free_ char *body = NULL;
        json_t *json = ledger_to_json(l);
        char *text;
        int n;

        if (!json)
                return NULL;
        body = json_dumps(json, JSON_COMPACT);
        json_decref(json);
        if (!body)
                return NULL;
        n = asprintf(&text,
                     "{\"nsorphandState\":%d,\"bootId\":\"%s\",\"pidNamespace\":%" PRIu64
                     ",\"checksum\":\"%016" PRIx64 "\"}\n%s\n",
                     STATE_VERSION, boot_id, pid_namespace, checksum(body, strlen(body)), body);
        if (n < 0)
                return NULL;
        *ret_size = (size_t)n;
        return text;
}

static int parse_structure(const json_t *object, const struct field *fields, size_t n,
                           void *structure, size_t *keys)
{
        *keys = 0;
        return json_is_object(object) ? fields_parse(object, fields, n, structure, keys) : -EBADMSG;
}

static int parse_holder(const json_t *object, struct ledger_holder *h)
{
        size_t keys;
        int r = parse_structure(object, holder_fields, ARRAY_SIZE(holder_fields), h, &keys);

        if (r < 0)
                return r;
        return keys == json_object_size(object) && h->kind != HOLDER_NONE ? 0 : -EBADMSG;
}

/* A holder that may be absent. */
static int parse_holder_key(const json_t *object, const char *key, struct ledger_holder *h,
                            size_t *keys)
{
        const json_t *value = json_object_get(object, key);

        if (!value)
                return 0;
        (*keys)++;
        return parse_holder(value, h);
}

static int parse_holders(const json_t *array, struct ledger_entry *e)
{
        size_t n = json_array_size(array);

        if (!json_is_array(array) || n > CENSUS_LISTED_MAX || n > e->n_holders_total)
                return -EBADMSG;
        e->holders = calloc(n + 1, sizeof(*e->holders));
        if (!e->holders)
                return -ENOMEM;
        for (; e->n_holders < n; e->n_holders++) {
                int r = parse_holder(json_array_get(array, e->n_holders),
                                     &e->holders[e->n_holders]);
                if (r < 0) {
                        ledger_holder_deinit(&e->holders[e->n_holders]);
                        return r;
                }
        }
        return 0;
}

static int parse_entry(const json_t *object, struct ledger *l)
{
        _cleanup_(ledger_entry_freep) struct ledger_entry *e = calloc(1, sizeof(*e));
        size_t keys;
        int r;

        if (!e)
                return -ENOMEM;
        r = parse_structure(object, entry_fields, ARRAY_SIZE(entry_fields), e, &keys);
        if (r >= 0)
                r = parse_holder_key(object, "toldHolder", &e->told_holder, &keys);
        if (r >= 0)
                r = parse_holders(json_object_get(object, "holders"), e);
        if (r >= 0)
                r = state_identity_parse(object, e->holders, e->n_holders, &e->id, &keys);
        if (r < 0)
                return r;
        if (keys + 1 != json_object_size(object) || e->state == LEDGER_NONE ||
            !(e->id.inode || e->id.cookie || netns_is_nameless(&e->id)))
                return -EBADMSG;
        return ledger_add_entry(l, TAKE_PTR(e));
}

static int parse_report(const json_t *object, struct ledger *l)
{
        _cleanup_(report_freep) struct report *report = calloc(1, sizeof(*report));
        const char *id;
        size_t keys;
        int r;

        if (!report)
                return -ENOMEM;
        r = parse_structure(object, report_fields, ARRAY_SIZE(report_fields), report, &keys);
        if (r >= 0)
                r = parse_holder_key(object, "holder", &report->holder, &keys);
        if (r >= 0)
                r = parse_holder_key(object, "former", &report->former, &keys);
        if (r >= 0)
                r = state_identity_parse(object, &report->holder, 1, &report->netns, &keys);
        if (r < 0)
                return r;
        id = json_string_value(json_object_get(object, "id"));
        if (!id || sd_id128_from_string(id, &report->id) < 0 ||
            keys + 1 != json_object_size(object) || (int)report->kind < 0 ||
            !ledger_change_is_journalled(report->kind))
                return -EBADMSG;
        return outbox_add(&l->outbox, TAKE_PTR(report));
}

static int parse_ledger(const json_t *object, struct ledger *l)
{
        const json_t *entries = json_object_get(object, "entries");
        const json_t *reports = json_object_get(object, "reports");
        size_t keys;
        int r = parse_structure(object, ledger_fields, ARRAY_SIZE(ledger_fields), l, &keys);

        if (r < 0)
                return r;
        if (keys + 2 != json_object_size(object) || !json_is_array(entries) ||
            !json_is_array(reports))
                return -EBADMSG;
        for (size_t i = 0; i < json_array_size(entries) && r >= 0; i++)
                r = parse_entry(json_array_get(entries, i), l);
        for (size_t i = 0; i < json_array_size(reports) && r >= 0; i++)
                r = parse_report(json_array_get(reports, i), l);
        return r;
}

/* Checks the first line. */
static int parse_header(const char *line, size_t n_line, const char *body, size_t n_body,
                        const char *boot_id, uint64_t pid_namespace, struct error *error)
{
        const char *boot, *sum;
        json_int_t version, ns;
        char expected[17];
        int r = 0;
        json_t *json = json_loadb(line, n_line, JSON_REJECT_DUPLICATES, NULL);

        if (!json)
                return error_set(error, EBADMSG, "its first line is no JSON object");
        if (json_unpack(json, "{s:I}", "nsorphandState", &version) < 0)
                r = error_set(error, EBADMSG, "it is no state file of nsorphand");
        else if (version != STATE_VERSION)
                r = error_set(error, EBADMSG, "it has version %" PRId64 ", not %d",
                              (int64_t)version, STATE_VERSION);
        else if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:I,s:s,s:I,s:s}", "nsorphandState",
                                &version, "bootId", &boot, "pidNamespace", &ns, "checksum",
                                &sum) < 0)
                r = error_set(error, EBADMSG, "its first line is incomplete");
        else {
                (void)snprintf(expected, sizeof(expected), "%016" PRIx64, checksum(body, n_body));
                if (strcmp(sum, expected) != 0)
                        r = error_set(error, EBADMSG, "its checksum is wrong");
                else if (strcmp(boot, boot_id) != 0 || (uint64_t)ns != pid_namespace)
                        r = error_set(error, ESTALE, "it is of another boot or pid namespace");
        }
        json_decref(json);
        return r;
}

int ledger_state_parse(struct ledger *l, const char *bytes, size_t n_bytes, const char *boot_id,
                       uint64_t pid_namespace, struct error *error)
{
        const char *end = memchr(bytes, '\n', n_bytes), *body;
        size_t n_body;
        json_t *json;
        int r;

        if (!end)
                return error_set(error, EBADMSG, "it is cut short");
        body = end + 1;
        n_body = n_bytes - (size_t)(body - bytes);
        if (n_body == 0 || body[n_body - 1] != '\n')
                return error_set(error, EBADMSG, "it is cut short");
        n_body--;
        r = parse_header(bytes, (size_t)(end - bytes), body, n_body, boot_id, pid_namespace, error);
        if (r < 0)
                return r;
        json = json_loadb(body, n_body, JSON_REJECT_DUPLICATES, NULL);
        if (!json)
                return error_set(error, EBADMSG, "its second line is no JSON object");
        r = parse_ledger(json, l);
        json_decref(json);
        if (r < 0) {
                ledger_reset(l);
                return r == -ENOMEM ? error_oom(error)
                                    : error_set(error, EBADMSG, "it holds what is no ledger");
        }
        ledger_sort(l);
        return 0;
}
