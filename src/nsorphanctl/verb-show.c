/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "nsorphanctl/ago.h"
#include "nsorphanctl/color.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/decode.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/netns-table.h"
#include "nsorphanctl/netns-target.h"
#include "nsorphanctl/pager.h"
#include "nsorphanctl/verb.h"
#include "report/birth-text.h"
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
static void print_interfaces(const struct view_inspection *inspection)
{
        const char *label = "Interfaces";

        for (size_t i = 0; i < inspection->n_links; i++) {
                const struct view_link *link = &inspection->links[i];
                const char *name = text_or(link->name, "?");

                if (strcmp(name, "lo") == 0)
                        continue;
                printf("%12s: %s%s%s%s", label, name, link->kind ? " (" : "",
                       text_or(link->kind, ""), link->kind ? ")" : "");
                for (size_t k = 0; k < link->addresses.n; k++)
                        printf(" %s", link->addresses.list[k]);
                if (link->has_peer)
                        printf("; its other end is %s%s", text_or(link->peer.name, "?"),
                               link->peer.here ? " on this host" : "");
                if (link->peer.master)
                        printf(", on %s", link->peer.master);
                putchar('\n');
                label = "";
        }
}

static void print_inspection(const struct view_inspection *inspection)
{
        print_interfaces(inspection);
        for (size_t i = 0; i < inspection->n_listeners; i++)
                printf("%12s: %s %s\n", i == 0 ? "Listening" : "",
                       text_or(inspection->listeners[i].protocol, "?"),
                       text_or(inspection->listeners[i].address, "?"));
        if (inspection->inside_error)
                printf("%12s: %s\n", "Inside", inspection->inside_error);
}

/* How many places of a program are told, and functions of each. */
#define BIRTHS_MAX 8
#define PLACES_MAX 3

/* "dockerd (pid 812, docker.service), thread 'creator', 3d 4h ago, in netlink.NewHandle ←
 * main.creator", each place once. */
static void print_births(const struct view_netns *ns)
{
        const char *arrow = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? " ← " : " <- ";
        unsigned n = 0;

        for (size_t i = 0; i < ns->n_holders && n < BIRTHS_MAX; i++) {
                const struct birth *b = ns->holders[i].birth;
                char ago[AGO_MAX];
                size_t k = 0;

                while (b && k < i &&
                       !(ns->holders[k].birth && birth_same_place(ns->holders[k].birth, b)))
                        k++;
                if (!b || k < i)
                        continue;
                printf("%12s: %s by ", n++ == 0 ? "Opened" : "",
                       b->accepted ? "accepted" : birth_text_what(&ns->holders[i]));
                birth_text_print_opener(stdout, b);
                if (b->thread)
                        printf(", thread '%s'", b->thread);
                if (b->opened_usec)
                        printf(", %s", ago_format(ago, b->opened_usec, clock_usec(CLOCK_REALTIME)));
                birth_text_print_places(stdout, b, ", in ", PLACES_MAX, arrow);
                putchar('\n');
        }
}

static void print_netns(const struct view_netns *ns, const struct view_inspection *inspection)
{
        char name[NETNS_NAME_MAX];

        printf("%12s: %s\n", "Namespace", netns_identity_format(&ns->id, name));
        if (ns->id.cookie)
                printf("%12s: %" PRIu64 "\n", "Cookie", ns->id.cookie);
        printf("%12s: %s%s\n", "Verdict", netns_verdict_to_string(ns->verdict),
               ns->partial ? ", as far as could be seen" : "");
        if (ns->partial_reason)
                printf("%12s: %s\n", "Unseen", ns->partial_reason);
        if (ns->state != LEDGER_NONE)
                printf("%12s: %s%s\n", "State", ledger_entry_state_to_string(ns->state),
                       ns->ignored ? " (ignored by configuration)" : "");
        if (ns->unconfirmed)
                printf("%12s: the last scan neither saw it nor proved it gone\n", "Note");
        print_time("Orphaned", ns->since_usec);
        print_time("Leaked", ns->leaked_usec);
        if (ns->has_owner)
                printf("%12s: %" PRIu32 "\n", "Owner UID", (uint32_t)ns->owner_uid);
        print_inspection(inspection);
        print_births(ns);
        printf("%12s: %" PRIu64, "Holders", ns->n_holders_total);
        if (ns->n_holders < ns->n_holders_total)
                printf(", the first %zu are", ns->n_holders);
        printf("\n\n");
}

/* What the daemon finds inside, if it can look: what it has told so far is worth showing alone.
 * *ret is a new reference, or NULL. */
static void ask_inside(const struct options *options, const struct netns_identity *id,
                       const struct view_netns *ns, json_t **ret)
{
        if (ns->verdict != VERDICT_ORPHANED ||
            connection_ask(options, "Inspect", get_parameters(id), ret, NULL) < 0)
                *ret = NULL;
}

/* The namespace, and what is inside as one of its keys. */
static int print_json(json_t *reply, json_t *inside, const struct options *options)
{
        json_t *ns = json_object_get(reply, "namespace");

        if (inside && json_object_set(ns, "inspection", json_object_get(inside, "inspection")) < 0)
                return fail_because(-ENOMEM, &(struct error){});
        return json_print(ns, options->json);
}

static int print(const struct view_netns *ns, const struct view_inspection *inspection,
                 const struct options *options)
{
        bool colors = color_wanted();

        (void)fold_start(options->columns);
        pager_open(options->pager);
        print_netns(ns, inspection);
        return netns_table_print_holders(ns->holders, ns->n_holders, colors, options);
}

int verb_show(int argc, char **argv, const struct options *options)
{
        _cleanup_(view_netns_clear) struct view_netns ns = {};
        _cleanup_(view_inspection_clear) struct view_inspection inspection = {};
        json_auto_t *reply = NULL, *inside = NULL;
        struct error error = {};
        struct netns_identity id;

        int r = netns_target_resolve(options, argv[0], &id, &error);
        if (r < 0)
                return netns_target_fail(r, &error);
        r = connection_ask(options, "Get", get_parameters(&id), &reply, &error);
        if (r >= 0)
                r = decode_netns(reply, &ns, &error);
        if (r < 0)
                return fail_because(r, &error);
        ask_inside(options, &id, &ns, &inside);
        if (options->json != JSON_OFF)
                return print_json(reply, inside, options);
        if (inside)
                r = decode_inspection(inside, &inspection, &error);
        if (r >= 0)
                r = print(&ns, &inspection, options);
        return r < 0 ? fail_because(r, &error) : EXIT_SUCCESS;
}
