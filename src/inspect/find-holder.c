/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/find-holder.h"

#include <stdio.h>
#include <string.h>

#include "inspect/cgroup.h"
#include "inspect/container-name.h"
#include "inspect/container.h"
#include "inspect/process-open.h"
#include "proc/cgroup.h"
#include "util/text.h"

/* Adds each namespace with a holder that @matches, once; *ret is emptied on failure. */
static int find_holders(const struct census *census,
                        int (*matches)(const struct holder *h, void *userdata, char **ret_how),
                        void *userdata, struct find *ret)
{
        _cleanup_(find_deinit) struct find f = {};

        for (size_t i = 0; i < census->n_namespaces; i++) {
                const struct netns *ns = &census->namespaces[i];
                for (size_t k = 0; k < ns->n_holders; k++) {
                        char *how = NULL;
                        int r = matches(&ns->holders[k], userdata, &how);
                        if (r > 0)
                                r = find_add(&f, ns, how);
                        if (r < 0)
                                return r;
                }
        }
        find_sort(&f);
        *ret = f;
        f = (struct find){};
        return 0;
}

/* "nginx (pid 411)" */
static int describe(const struct holder *h, const char *what, char **ret)
{
        const char *comm = h->process ? h->process->comm : NULL;

        if (asprintf(ret, "%s (pid %d)%s%s", text_or(comm, "a process without a name"), (int)h->pid,
                     what ? " of " : "", text_or(what, "")) < 0)
                return -ENOMEM;
        return 1;
}

static int matches_pid(const struct holder *h, void *userdata, char **ret_how)
{
        const pid_t *pid = userdata;

        return h->pid == *pid ? describe(h, NULL, ret_how) : 0;
}

int find_holder_pid(const struct census *census, pid_t pid, struct find *ret)
{
        return find_holders(census, matches_pid, &pid, ret);
}

static int matches_unit(const struct holder *h, void *userdata, char **ret_how)
{
        const char *unit = userdata;
        bool is_it = h->process && h->process->unit && strcmp(h->process->unit, unit) == 0;

        return is_it ? describe(h, unit, ret_how) : 0;
}

int find_holder_unit(const struct census *census, const char *unit, struct find *ret)
{
        return find_holders(census, matches_unit, (void *)unit, ret);
}

struct container_search {
        int root_fd;
        const char *text;
        pid_t last; /* holders of a process stand one behind the other */
};

/* 1 when @c is meant, with the words for it. */
static int match_container(const struct container_search *s, const struct container *c,
                           char **ret_how)
{
        _cleanup_free_ char *name = NULL;
        int r = container_name_read(s->root_fd, c, &name);

        if (r < 0)
                return r;
        if (!container_is_called(c->name, name, s->text))
                return 0;
        *ret_how = container_text(c, name);
        return *ret_how ? 1 : -ENOMEM;
}

static int matches_container(const struct holder *h, void *userdata, char **ret_how)
{
        struct container_search *s = userdata;
        _cleanup_(container_deinit) struct container container = {};
        _cleanup_free_ char *text = NULL;
        struct proc_cgroup cgroup;

        if (h->kind != HOLDER_TASK || !h->process || h->pid == s->last)
                return 0;
        s->last = h->pid;
        _cleanup_close_ int dir = process_open_dir(h->process);
        if (dir < 0 || proc_cgroup_read(dir, &text, &cgroup) < 0 || !cgroup.path)
                return 0;
        int r = container_from_cgroup(cgroup.path, cgroup_proved(&cgroup), &container);
        return r <= 0 || container.claimed ? MIN(r, 0) : match_container(s, &container, ret_how);
}

int find_holder_container(const struct census *census, int root_fd, const char *text,
                          struct find *ret)
{
        struct container_search s = {root_fd, text, 0};

        return find_holders(census, matches_container, &s, ret);
}
