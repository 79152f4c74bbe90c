/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ledger/change.h"
#include "nsorphanctl/color.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/decode.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/verb.h"
#include "report/holder-text.h"
#include "util/text.h"

struct watch {
        const struct options *options;
        bool colors;
        struct error *error;
};

static const char *kind_color(const char *kind)
{
        int change = ledger_change_from_string(kind);

        if (change >= 0 && ledger_change_is_alert((enum ledger_change_kind)change))
                return "\033[1;31m";
        if (strcmp(kind, "suspected") == 0)
                return "\033[33m";
        return strcmp(kind, "resolved") == 0 ? "\033[32m" : "";
}

static void print_netns(const struct view_netns *ns)
{
        const struct holder *holder = ns->n_holders > 0 ? &ns->holders[0] : NULL;
        char name[NETNS_NAME_MAX];

        printf(" %s", netns_identity_format(&ns->id, name));
        if (ns->id.cookie)
                printf(" cookie:%" PRIu64, ns->id.cookie);
        if (!holder)
                return;
        printf(" held by %s (pid %d) through ", text_or(holder_comm(holder), "a process"),
               (int)holder->pid);
        holder_text_print(stdout, holder, HOLDER_TEXT_CELL);
        if (ns->n_holders_total > 1)
                printf(", and %" PRIu64 " more", ns->n_holders_total - 1);
}

static void print_event(const struct watch *watch, const struct view_event *e)
{
        time_t t = (time_t)(e->usec / USEC_PER_SEC);
        const char *kind = e->kind;
        char clock[32];
        struct tm tm;

        if (strcmp(kind, "synchronized") == 0)
                return;
        if (!localtime_r(&t, &tm) || strftime(clock, sizeof(clock), "%T", &tm) == 0)
                strcpy(clock, "?");
        /* One that was there before we came: what it is matters, not that it was there. */
        if (strcmp(kind, "present") == 0 && e->netns.state != LEDGER_NONE)
                kind = ledger_entry_state_to_string(e->netns.state);
        printf("%s %s%s%s", clock, watch->colors ? kind_color(kind) : "", kind,
               watch->colors && *kind_color(kind) ? "\033[0m" : "");
        if (e->has_netns)
                print_netns(&e->netns);
        if (e->ending)
                printf(": %s", e->ending);
        if (e->detail)
                printf(": %s", e->detail);
        putchar('\n');
}

static int on_event(json_t *reply, void *userdata)
{
        const struct watch *watch = userdata;
        _cleanup_(view_event_clear) struct view_event event = {};

        if (watch->options->json != JSON_OFF) {
                int status = json_print(reply, watch->options->json);
                (void)fflush(stdout);
                return status == EXIT_SUCCESS && !ferror(stdout) ? 0 : -EPIPE;
        }
        int r = decode_event(reply, &event, watch->error);
        if (r < 0)
                return r;
        print_event(watch, &event);
        /* Whoever reads us through a pipe wants it now. */
        return fflush(stdout) == 0 ? 0 : negative_errno();
}

int verb_watch(int argc, char **argv, const struct options *options)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;
        struct error error = {};
        struct watch watch = {options, color_wanted(), &error};

        int r = connection_open(&client, options, &error);
        if (r < 0)
                return fail_because(r, &error);
        if (options->json == JSON_OFF)
                (void)fold_start(options->columns);
        varlink_client_set_timeout(client, UINT64_MAX);
        r = connection_follow(client, "Subscribe", NULL, on_event, &watch, &error);
        return r < 0 ? fail_because(r, &error) : EXIT_SUCCESS;
}
