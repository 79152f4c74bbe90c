/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/bundle-daemon.h"

#include <inttypes.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "nsorphanctl/connection.h"
#include "util/text.h"

/* The last entries, and the longest field of one. */
#define ENTRIES_MAX 300
#define FIELD_MAX   4096

static int print_json(json_t *value, FILE *f)
{
        if (!value || json_dumpf(value, f, JSON_INDENT(1)) < 0)
                return -ENOMEM;
        fputc('\n', f);
        return 0;
}

int bundle_daemon_status(const struct bundle_facts *b, FILE *f, struct error *error)
{
        json_auto_t *reply = NULL;

        int r = connection_ask(b->options, "GetStatus", NULL, &reply, error);
        return r < 0 ? r : print_json(reply, f);
}

static int print_namespace(json_t *reply, void *userdata)
{
        json_t *each;
        size_t i;

        json_array_foreach(json_object_get(reply, "namespaces"), i, each)
                if (json_dumpf(each, userdata, JSON_COMPACT) < 0 || fputc('\n', userdata) < 0)
                        return -ENOMEM;
        return 0;
}

/* A line each. */
int bundle_daemon_list(const struct bundle_facts *b, FILE *f, struct error *error)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;

        int r = connection_open(&client, b->options, error);
        return r < 0 ? r : connection_follow(client, "List", NULL, print_namespace, f, error);
}

/* Ours, and the few that say when and by whom; nothing that journald adds of a holder's command
 * line. */
static bool is_wanted(const char *field)
{
        static const char *const wanted[] = {
                "NETNS_",         "MESSAGE=",     "MESSAGE_ID=",          "PRIORITY=",
                "OBJECT_PID=",    "OBJECT_COMM=", "OBJECT_SYSTEMD_UNIT=", "_PID=",
                "_SYSTEMD_UNIT=", "_BOOT_ID=",    "CODE_FUNC=",           "EXIT_CODE=",
                "EXIT_STATUS=",
        };

        for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
                if (strncmp(field, wanted[i], strlen(wanted[i])) == 0)
                        return true;
        return false;
}

static int put_field(json_t *entry, const char *field, size_t n)
{
        const char *equals = memchr(field, '=', n);
        char name[64];

        if (!equals || (size_t)(equals - field) >= sizeof(name) || n > FIELD_MAX ||
            !is_wanted(field))
                return 0;
        (void)snprintf(name, sizeof(name), "%.*s", (int)(equals - field), field);
        _cleanup_free_ char *value = text_escape(equals + 1, n - (size_t)(equals + 1 - field));
        if (!value)
                return -ENOMEM;
        return json_object_set_new(entry, name, json_string(value)) < 0 ? -ENOMEM : 0;
}

static int print_entry(sd_journal *j, FILE *f)
{
        json_auto_t *entry = json_object();
        const void *data;
        uint64_t usec;
        size_t n;

        int r = sd_journal_get_realtime_usec(j, &usec);
        if (r >= 0)
                r = json_object_set_new(entry, "usec", json_integer((json_int_t)usec)) < 0 ? -ENOMEM
                                                                                           : 0;
        SD_JOURNAL_FOREACH_DATA(j, data, n)
        if (r >= 0 && n > 0)
                r = put_field(entry, data, n);
        if (r >= 0 && (json_dumpf(entry, f, JSON_COMPACT) < 0 || fputc('\n', f) < 0))
                r = -ENOMEM;
        return r;
}

static void close_journalp(sd_journal **j)
{
        sd_journal_close(*j);
}

/* What the daemon wrote, wherever it was started (root alone can have), and what systemd says of
 * the service. */
static int match(sd_journal *j)
{
        static const char *const terms[][2] = {
                {"_UID=0", "SYSLOG_IDENTIFIER=nsorphand"},
                {"_PID=1", "UNIT=nsorphand.service"},
        };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(terms); i++) {
                r = sd_journal_add_match(j, terms[i][0], 0);
                if (r >= 0)
                        r = sd_journal_add_match(j, terms[i][1], 0);
                if (r >= 0)
                        r = sd_journal_add_disjunction(j);
        }
        return r;
}

int bundle_daemon_journal(const struct bundle_facts *b, FILE *f, struct error *error)
{
        _cleanup_(close_journalp) sd_journal *j = NULL;

        int r = sd_journal_open(&j, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
        if (r >= 0)
                r = match(j);
        if (r >= 0)
                r = sd_journal_seek_tail(j);
        if (r >= 0)
                r = sd_journal_previous_skip(j, ENTRIES_MAX);
        if (r == 0)
                return error_set(error, ENODATA, "the journal has no entry of the daemon's");
        while (r > 0) {
                r = print_entry(j, f);
                if (r >= 0)
                        r = sd_journal_next(j);
        }
        return r;
}
