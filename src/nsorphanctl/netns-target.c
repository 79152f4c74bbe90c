/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/netns-target.h"

#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "census/patient-scan.h"
#include "inspect/link-netns.h"
#include "netns/mark.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/netns-argument.h"
#include "nsorphanctl/verb.h"
#include "util/kernel.h"

int netns_target_census(const struct options *options, enum scan_source source, bool brief,
                        struct census **ret, struct error *error)
{
        const struct scan_options scan = {.source = source,
                                          .deep = true,
                                          .brief = brief,
                                          .threads = SCAN_THREADS_DEFAULT,
                                          .fork_server = options->fork_server};
        int r;

        r = kernel_require(error);
        if (r < 0)
                return r;
        if (geteuid() != 0)
                return error_set(error, EPERM,
                                 "Only root can look into every process; try it with sudo");
        /* Before anything is looked at; where it can not be, others take us for strangers. */
        (void)mark_set();
        return patient_scan(&scan, ret, error);
}

bool netns_target_is_link(const char *s)
{
        struct netns_identity id;

        /* dev_valid_name() of the kernel, and no colon and bracket, so that a mistyped "cookie:x"
         * or "net:[x" is none. */
        return netns_argument_parse(s, &id, NULL) < 0 && *s && strlen(s) < IFNAMSIZ &&
               strcmp(s, ".") != 0 && strcmp(s, "..") != 0 && !strpbrk(s, "/:[] \t\n\v\f\r") &&
               s[strspn(s, "0123456789")] != '\0';
}

int netns_target_find(const char *s, const struct census *census, const struct netns **ret,
                      struct error *error)
{
        int r;

        if (!netns_target_is_link(s))
                return netns_argument_find(s, census, ret, error);
        r = link_netns_find(census, s, ret, error);
        return r == -ENODEV || r == -ENOENT ? -ENXIO : r;
}

int netns_target_scan(const struct options *options, const char *s, struct census **ret_census,
                      const struct netns **ret, struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        struct netns_identity id;
        int r = 0;

        /* A word that names nothing needs no scan. */
        if (!netns_target_is_link(s))
                r = netns_argument_parse(s, &id, error);
        if (r >= 0)
                r = netns_target_census(options, SCAN_SOURCE_AUTO, false, &census, error);
        if (r >= 0)
                r = netns_target_find(s, census, ret, error);
        if (r < 0)
                return r;
        *ret_census = TAKE_PTR(census);
        return 0;
}

int netns_target_resolve(const struct options *options, const char *s, struct netns_identity *ret,
                         struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        const struct netns *ns;

        if (!netns_target_is_link(s))
                return netns_argument_parse(s, ret, error);
        int r = netns_target_scan(options, s, &census, &ns, error);
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
