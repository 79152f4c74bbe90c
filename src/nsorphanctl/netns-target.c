/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/netns-target.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "census/patient-scan.h"
#include "inspect/container.h"
#include "netns/mark.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/decode.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/netns-argument.h"
#include "nsorphanctl/verb.h"
#include "util/kernel.h"
#include "util/text.h"

int netns_target_census(const struct options *options, enum scan_source source, bool brief,
                        struct census **ret, struct error *error)
{
        const struct scan_options scan = {.source = source,
                                          .deep = true,
                                          .brief = brief,
                                          .threads = SCAN_THREADS_DEFAULT,
                                          .fork_server = options->fork_server,
                                          .teller = options->teller};
        int r;

        r = kernel_require(error);
        if (r < 0)
                return r;
        if (geteuid() != 0)
                return error_set(error, EPERM,
                                 "Only root can look into every process; try it with sudo");
        /* Before anything is looked at; where it cannot be, others take us for strangers. */
        (void)mark_set();
        return patient_scan(&scan, ret, error);
}

struct former {
        const char *text;
        const struct census *census;
        struct find *found;
};

/* Of one reply to List. */
static int add_former(json_t *parameters, void *userdata)
{
        const struct former *f = userdata;
        _cleanup_(view_list_clear) struct view_list list = {};

        int r = decode_namespaces(parameters, &list, NULL);
        for (size_t i = 0; i < list.n && r >= 0; i++) {
                const struct history_facts *h = &list.namespaces[i].history;
                const struct netns *ns = container_is_called(h->container, h->name, f->text)
                                                 ? census_find(f->census, &list.namespaces[i].id)
                                                 : NULL;
                if (ns)
                        r = find_add(f->found, ns, strdup("was the network of that container"));
        }
        return r;
}

/* A container that has gone, and whose network has not: the daemon, where it runs, remembers it. */
static bool find_former_container(const struct options *options, const struct what *what,
                                  const struct census *census, struct find *ret)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;
        struct former f = {what->text, census, ret};

        if (!(what->kinds & 1U << WHAT_CONTAINER) || connection_open(&client, options, NULL) < 0)
                return false;
        (void)connection_follow(client, "List", json_object(), add_former, &f, NULL);
        find_sort(ret);
        return ret->n > 0;
}

int netns_target_scan_all(const struct options *options, const char *s, struct census **ret_census,
                          struct find *ret, struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        struct what what;

        /* A word that can name nothing needs no scan. */
        int r = what_parse(s, &what, error);
        if (r >= 0)
                r = netns_target_census(options, SCAN_SOURCE_AUTO, false, &census, error);
        if (r >= 0)
                r = what_find(&what, census, ret, error);
        if (r == -ENXIO && find_former_container(options, &what, census, ret))
                r = 0;
        if (r < 0)
                return r;
        *ret_census = TAKE_PTR(census);
        return 0;
}

void netns_target_print(FILE *f, const struct find *found)
{
        char name[NETNS_NAME_MAX], argument[NETNS_NAME_MAX];

        for (size_t i = 0; i < found->n; i++) {
                const struct netns *ns = found->matches[i].netns;
                fprintf(f, "%-17s %-16s %-8s %s\n", netns_identity_format(&ns->id, name),
                        netns_target_format(&ns->id, argument),
                        netns_verdict_to_string(ns->verdict), found->matches[i].how);
        }
}

int netns_target_scan(const struct options *options, const char *s, struct census **ret_census,
                      const struct netns **ret, struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        _cleanup_(find_deinit) struct find found = {};
        _cleanup_free_ char *shown = text_escape_string(s);

        int r = netns_target_scan_all(options, s, &census, &found, error);
        if (r < 0)
                return r;
        if (!what_is_one(&found)) {
                netns_target_print(stderr, &found);
                return error_set(error, ENOTUNIQ,
                                 "\"%.100s\" is found in several network namespaces; say which",
                                 text_or(shown, ""));
        }
        *ret = found.matches[0].netns;
        *ret_census = TAKE_PTR(census);
        return 0;
}

int netns_target_resolve(const struct options *options, const char *s, struct netns_identity *ret,
                         struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        const struct netns *ns;
        struct what what;

        int r = what_parse(s, &what, error);
        if (r < 0)
                return r;
        if (what.kinds & 1U << WHAT_NETNS)
                return netns_argument_parse(what.text, ret, error);
        r = netns_target_scan(options, s, &census, &ns, error);
        if (r >= 0)
                *ret = ns->id;
        return r;
}

int netns_target_fail(int r, const struct error *error)
{
        switch (r) {
        case -EINVAL:
        case -ENAMETOOLONG:
                return fail_with(EX_USAGE, "%s", error->text);
        case -ESTALE:
        case -ENOTUNIQ:
                return fail_with(EX_NOINPUT, "%s", error->text);
        default:
                return fail_because(r, error);
        }
}

const char *netns_target_format(const struct netns_identity *id, char *buffer)
{
        if (id->cookie)
                (void)snprintf(buffer, NETNS_NAME_MAX, "cookie:%" PRIu64, id->cookie);
        else if (netns_is_nameless(id))
                (void)snprintf(buffer, NETNS_NAME_MAX, "nameless:%d/%" PRIu64,
                               (int)id->nameless.pid, id->nameless.file_inode);
        else
                (void)snprintf(buffer, NETNS_NAME_MAX, "%" PRIu64, id->inode);
        return buffer;
}
