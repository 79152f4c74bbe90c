/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "census/census.h"
#include "nsorphanctl/color.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/holder-text.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/netns-table.h"
#include "nsorphanctl/verb.h"
#include "util/text.h"

struct watch {
        const struct options *options;
        bool colors;
};

static const char *kind_color(const char *kind)
{
        if (strcmp(kind, "leaked") == 0)
                return "\033[1;31m";
        if (strcmp(kind, "suspected") == 0)
                return "\033[33m";
        return strcmp(kind, "resolved") == 0 ? "\033[32m" : "";
}

static void print_netns(json_t *ns)
{
        char name[NETNS_NAME_MAX];
        json_t *holder = json_array_get(json_object_get(ns, "holders"), 0);
        _cleanup_free_ char *through = holder ? holder_text(holder) : NULL;
        uint64_t others = json_get_u64(ns, "holderCount");

        printf(" %s", netns_name(ns, name));
        if (json_get_u64(ns, "cookie"))
                printf(" cookie:%" PRIu64, json_get_u64(ns, "cookie"));
        if (!holder || !through)
                return;
        printf(" held by %s (pid %" PRIu64 ") through %s",
               json_get_string(holder, "comm", "a process"), json_get_u64(holder, "pid"), through);
        if (others > 1)
                printf(", and %" PRIu64 " more", others - 1);
}

static int print_event(json_t *event, void *userdata)
{
        const struct watch *watch = userdata;
        const char *kind = json_get_string(event, "kind", "?");
        const char *detail = json_get_string(event, "detail", NULL);
        const char *ending = json_get_string(event, "ending", NULL);
        time_t t = (time_t)(json_get_u64(event, "usec") / USEC_PER_SEC);
        json_t *ns = json_object_get(event, "namespace");
        char clock[32];
        struct tm tm;

        if (watch->options->json != JSON_OFF) {
                int status = json_print(event, watch->options->json);
                (void)fflush(stdout);
                return status == EXIT_SUCCESS && !ferror(stdout) ? 0 : -EPIPE;
        }
        if (strcmp(kind, "synchronized") == 0)
                return 0;
        if (!localtime_r(&t, &tm) || strftime(clock, sizeof(clock), "%T", &tm) == 0)
                strcpy(clock, "?");
        /* One that was there before we came: what it is matters, not that it was there. */
        if (strcmp(kind, "present") == 0)
                kind = json_get_string(ns, "state", kind);
        printf("%s %s%s%s", clock, watch->colors ? kind_color(kind) : "", kind,
               watch->colors && *kind_color(kind) ? "\033[0m" : "");
        if (ns)
                print_netns(ns);
        if (ending)
                printf(": %s", ending);
        if (detail)
                printf(": %s", detail);
        putchar('\n');
        /* Whoever reads us through a pipe wants it now. */
        return fflush(stdout) == 0 ? 0 : negative_errno();
}

int verb_watch(int argc, char **argv, const struct options *options)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;
        struct watch watch = {options, color_wanted()};
        struct error error = {};

        int r = connection_open(&client, options, &error);
        if (r < 0)
                return verb_fail(r, &error);
        varlink_client_set_timeout(client, UINT64_MAX);
        r = connection_follow(client, "Subscribe", NULL, print_event, &watch, &error);
        return r < 0 ? verb_fail(r, &error) : EXIT_SUCCESS;
}
