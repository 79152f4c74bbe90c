/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "nsorphanctl/ago.h"
#include "nsorphanctl/color.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/netns-table.h"
#include "nsorphanctl/netns-target.h"
#include "nsorphanctl/pager.h"
#include "nsorphanctl/verb.h"
#include "report/json.h"
#include "util/clock.h"

static json_t *get_parameters(const struct netns_identity *id)
{
        json_auto_t *o = json_object();
        if (!o || json_put_identity(o, id) < 0)
                return NULL;
        return TAKE_PTR(o);
}

/* "3min ago (2026-11-23 18:24:05)" */
static void print_time(const char *label, uint64_t usec)
{
        char ago[AGO_MAX], exact[32];
        time_t t = (time_t)(usec / USEC_PER_SEC);
        struct tm tm;

        if (usec == 0)
                return;
        if (!localtime_r(&t, &tm) || strftime(exact, sizeof(exact), "%F %T", &tm) == 0)
                *exact = '\0';
        printf("%12s: %s (%s)\n", label, ago_format(ago, usec, clock_usec(CLOCK_REALTIME)), exact);
}

/* "eth0 (veth): 10.0.0.2/24; veth7 on this host, on br7" for each interface but loopback's. */
static void print_interfaces(json_t *inspection)
{
        const char *label = "Interfaces";
        json_t *link, *address;
        size_t i, k;

        json_array_foreach(json_object_get(inspection, "interfaces"), i, link) {
                const char *name = json_get_string(link, "name", "?");
                const char *kind = json_get_string(link, "kind", NULL);
                json_t *peer = json_object_get(link, "peer");
                const char *master = json_get_string(peer, "master", NULL);

                if (strcmp(name, "lo") == 0)
                        continue;
                printf("%12s: %s%s%s%s", label, name, kind ? " (" : "", text_or(kind, ""),
                       kind ? ")" : "");
                json_array_foreach(json_object_get(link, "addresses"), k, address)
                        printf(" %s", json_string_value(address));
                if (peer)
                        printf("; its other end is %s%s", json_get_string(peer, "name", "?"),
                               json_get_bool(peer, "here") ? " on this host" : "");
                if (master)
                        printf(", on %s", master);
                putchar('\n');
                label = "";
        }
}

static void print_inspection(json_t *inspection)
{
        json_t *entry;
        size_t i;

        if (!inspection)
                return;
        print_interfaces(inspection);
        json_array_foreach(json_object_get(inspection, "listening"), i, entry)
                printf("%12s: %s %s\n", i == 0 ? "Listening" : "",
                       json_get_string(entry, "protocol", "?"),
                       json_get_string(entry, "address", "?"));
        if (json_get_string(inspection, "insideError", NULL))
                printf("%12s: %s\n", "Inside", json_get_string(inspection, "insideError", ""));
}

static void print_netns(json_t *ns)
{
        char name[NETNS_NAME_MAX];
        const char *state = json_get_string(ns, "state", NULL);
        uint64_t listed = json_array_size(json_object_get(ns, "holders"));

        printf("%12s: %s\n", "Namespace", netns_name(ns, name));
        if (json_get_u64(ns, "cookie"))
                printf("%12s: %" PRIu64 "\n", "Cookie", json_get_u64(ns, "cookie"));
        printf("%12s: %s%s\n", "Verdict", json_get_string(ns, "verdict", "-"),
               json_get_bool(ns, "partial") ? ", as far as could be seen" : "");
        if (json_get_string(ns, "partialReason", NULL))
                printf("%12s: %s\n", "Unseen", json_get_string(ns, "partialReason", ""));
        if (state)
                printf("%12s: %s%s\n", "State", state,
                       json_get_bool(ns, "ignored") ? " (ignored by configuration)" : "");
        if (json_get_bool(ns, "unconfirmed"))
                printf("%12s: the last scan neither saw it nor proved it gone\n", "Note");
        print_time("Orphaned", json_get_u64(ns, "sinceUSec"));
        print_time("Leaked", json_get_u64(ns, "leakedUSec"));
        if (json_object_get(ns, "ownerUID"))
                printf("%12s: %" PRIu64 "\n", "Owner UID", json_get_u64(ns, "ownerUID"));
        print_inspection(json_object_get(ns, "inspection"));
        printf("%12s: %" PRIu64, "Holders", json_get_u64(ns, "holderCount"));
        if (listed < json_get_u64(ns, "holderCount"))
                printf(", the first %" PRIu64 " are", listed);
        printf("\n\n");
}

/* What the daemon finds inside, if it can look: what it has told so far is worth showing alone. */
static int add_inspection(json_t *ns, const struct options *options,
                          const struct netns_identity *id)
{
        json_auto_t *reply = NULL;
        json_t *inspection;

        if (strcmp(json_get_string(ns, "verdict", ""), "orphaned") != 0 ||
            connection_ask(options, "Inspect", get_parameters(id), &reply, NULL) < 0)
                return 0;
        inspection = json_object_get(reply, "inspection");
        return json_object_set(ns, "inspection", inspection) < 0 ? -ENOMEM : 0;
}

int verb_show(int argc, char **argv, const struct options *options)
{
        json_auto_t *reply = NULL;
        struct error error = {};
        struct netns_identity id;

        int r = netns_target_resolve(options, argv[0], &id, &error);
        if (r < 0)
                return netns_target_fail(r, &error);
        r = connection_ask(options, "Get", get_parameters(&id), &reply, &error);
        if (r < 0)
                return verb_fail(r, &error);
        json_t *ns = json_object_get(reply, "namespace");
        r = add_inspection(ns, options, &id);
        if (r < 0)
                return verb_fail(r, &error);
        if (options->json != JSON_OFF)
                return json_print(ns, options->json);
        bool colors = color_wanted();
        pager_open(options->pager);
        print_netns(ns);
        r = holder_table_print(json_object_get(ns, "holders"), colors, options);
        return r < 0 ? verb_fail(r, &error) : EXIT_SUCCESS;
}
