/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/what.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "inspect/find-holder.h"
#include "inspect/link-netns.h"
#include "nsorphanctl/netns-argument.h"
#include "util/text.h"
#include "util/unit-name.h"

static bool is_netns(const char *s)
{
        struct netns_identity id;

        return netns_argument_parse(s, &id, NULL) >= 0;
}

static bool is_link(const char *s)
{
        /* dev_valid_name() of the kernel, and no colon and bracket, so that a mistyped "cookie:x"
         * or "net:[x" is none. */
        return *s && strlen(s) < IFNAMSIZ && strcmp(s, ".") != 0 && strcmp(s, "..") != 0 &&
               !strpbrk(s, "/:[] \t\n\v\f\r");
}

static bool is_address(const char *s)
{
        struct find_query q;

        return find_parse_address(s, &q) || find_parse_mac(s, &q);
}

static bool is_container(const char *s)
{
        return isalnum((unsigned char)*s) && strlen(s) < TEXT_NAME_MAX &&
               s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/")] ==
                       '\0';
}

static bool parse_pid(const char *s, pid_t *ret)
{
        uint64_t pid;

        if (text_parse_u64(s, &pid) < 0 || pid == 0 || pid > INT_MAX)
                return false;
        *ret = (pid_t)pid;
        return true;
}

static bool is_process(const char *s)
{
        pid_t pid;

        return parse_pid(s, &pid);
}

static const struct {
        const char *prefix;
        bool (*is)(const char *s);
} kinds[_WHAT_KIND_MAX] = {
        [WHAT_NETNS] = {"netns:", is_netns},
        [WHAT_LINK] = {"link:", is_link},
        [WHAT_ADDRESS] = {"addr:", is_address},
        [WHAT_CONTAINER] = {"container:", is_container},
        [WHAT_UNIT] = {"unit:", unit_name_is_valid},
        [WHAT_PROCESS] = {"pid:", is_process},
};

static int refuse(const char *s, struct error *error)
{
        _cleanup_free_ char *shown = text_escape_string(s);

        return error_set(error, EINVAL,
                         "\"%.100s\" names nothing: it must be a network namespace (an inode "
                         "number, net:[NUMBER], cookie:NUMBER, or nameless:PID/FILE as in "
                         "net:[?PID/FILE]), an interface, an address, a container, a unit or a pid",
                         text_or(shown, ""));
}

int what_parse(const char *s, struct what *ret, struct error *error)
{
        struct what w = {.text = s};

        for (enum what_kind k = 0; k < _WHAT_KIND_MAX; k++) {
                size_t n = strlen(kinds[k].prefix);
                if (strncmp(s, kinds[k].prefix, n) != 0)
                        continue;
                if (!kinds[k].is(s + n))
                        return refuse(s, error);
                *ret = (struct what){s + n, 1U << k};
                return 0;
        }
        for (enum what_kind k = 0; k < _WHAT_KIND_MAX; k++)
                if (kinds[k].is(s))
                        w.kinds |= 1U << k;
        if (w.kinds == 0)
                return refuse(s, error);
        *ret = w;
        return 0;
}

bool what_is_one(const struct find *f)
{
        for (size_t i = 1; i < f->n; i++)
                if (f->matches[i].netns != f->matches[0].netns)
                        return false;
        return f->n > 0;
}

static int find_netns(const char *text, const struct census *census, struct find *ret,
                      struct error *error)
{
        const struct netns *ns;
        int r = netns_argument_find(text, census, &ns, error);

        if (r == -ENXIO)
                return 0;
        return r < 0 ? r : find_add(ret, ns, strdup("itself"));
}

/* The one we run in; NULL when @census has it not. */
static const struct netns *own_netns(const struct census *census)
{
        struct stat st;

        if (stat("/proc/thread-self/ns/net", &st) < 0)
                return NULL;
        return census_find(census, &(struct netns_identity){.inode = st.st_ino});
}

/* The namespaces with an interface that is made on that of our own. */
static int find_above(const char *text, const char *name, const struct census *census,
                      struct find *ret)
{
        _cleanup_(rt_link_freep) struct rt_link *link = NULL;

        if (rt_link_read(text, 0, &link) < 0)
                return 0;
        return find_inside(
                census,
                &(struct find_query){.kind = FIND_ABOVE, .link = name, .index = link->index}, ret);
}

/* Of this host first: what it is tied to, or what is made on it. Else every interface of that name.
 */
static int find_link(const char *text, const struct census *census, struct find *ret,
                     struct error *error)
{
        _cleanup_free_ char *name = text_escape_string(text);
        struct error why = {};
        const struct netns *ns;
        char *how;

        if (!name)
                return -ENOMEM;
        int r = link_netns_find(census, text, &ns, &why);
        if (r == -ENOENT || r == -ENOLINK)
                (void)error_set(error, -r, "%s", why.text);
        if (r >= 0) {
                if (asprintf(&how, "tied to %s of this host", name) < 0)
                        how = NULL;
                return find_add(ret, ns, how);
        }
        if (r == -ENOMEM || r == -ENOENT)
                return r;
        bool here = r != -ENODEV;
        r = link_netns_find_ports(census, text, ret);
        if (r >= 0 && ret->n == 0 && here)
                r = find_above(text, name, census, ret);
        if (r < 0 || ret->n > 0)
                return r;
        r = find_inside(census, &(struct find_query){.kind = FIND_LINK, .link = name}, ret);
        if (r >= 0)
                find_drop(ret, own_netns(census)); /* of that, all is said already */
        return r;
}

static int find_address(const char *text, const struct census *census, struct find *ret,
                        struct error *error)
{
        struct find_query query;

        if (!find_parse_address(text, &query) && !find_parse_mac(text, &query))
                return 0;
        return find_inside(census, &query, ret);
}

static int find_container(const char *text, const struct census *census, struct find *ret,
                          struct error *error)
{
        _cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

        return find_holder_container(census, root, text, ret);
}

static int find_unit(const char *text, const struct census *census, struct find *ret,
                     struct error *error)
{
        return find_holder_unit(census, text, ret);
}

static int find_process(const char *text, const struct census *census, struct find *ret,
                        struct error *error)
{
        pid_t pid;

        return parse_pid(text, &pid) ? find_holder_pid(census, pid, ret) : 0;
}

static int none_found(const struct what *what, const char *sentence, size_t n_unread,
                      struct error *error)
{
        _cleanup_free_ char *shown = text_escape_string(what->text);

        /* What is known of an interface of this host says more. */
        if (*sentence)
                return error_set(error, ENXIO, "%s", sentence);
        if (what->kinds == 1U << WHAT_NETNS)
                return error_set(error, ENXIO, "There is no such network namespace (any more)");
        if (n_unread > 0)
                return error_set(error, ENXIO,
                                 "Nothing was found for \"%.100s\", but %zu network namespace%s "
                                 "cannot be looked into",
                                 text_or(shown, ""), n_unread, n_unread == 1 ? "" : "s");
        return error_set(
                error, ENXIO,
                "Nothing was found for \"%.100s\": no network namespace has it, holds it or "
                "belongs to it (any more)",
                text_or(shown, ""));
}

int what_find(const struct what *what, const struct census *census, struct find *ret,
              struct error *error)
{
        static int (*const finders[_WHAT_KIND_MAX])(const char *text, const struct census *census,
                                                    struct find *ret, struct error *error) = {
                [WHAT_NETNS] = find_netns,     [WHAT_LINK] = find_link,
                [WHAT_ADDRESS] = find_address, [WHAT_CONTAINER] = find_container,
                [WHAT_UNIT] = find_unit,       [WHAT_PROCESS] = find_process,
        };
        struct error first = {};
        size_t n_unread = 0;

        for (enum what_kind k = 0; k < _WHAT_KIND_MAX; k++) {
                _cleanup_(find_deinit) struct find f = {};
                struct error why = {};

                if (!(what->kinds & 1U << k))
                        continue;
                int r = finders[k](what->text, census, &f, &why);
                if (r == -ENOMEM)
                        return error_oom(error);
                if (r == -ENOTUNIQ)
                        return error_set(error, ENOTUNIQ, "%s", why.text);
                if (k == WHAT_LINK && f.n == 0)
                        first = why;
                n_unread = MAX(n_unread, f.n_unread);
                if (f.n == 0)
                        continue;
                *ret = f;
                f = (struct find){};
                return 0;
        }
        return none_found(what, first.text, n_unread, error);
}
