/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/known-owners.h"

#include <stdlib.h>
#include <string.h>

#include "census/charge.h"

void known_owners_deinit(struct known_owners *o)
{
        free(o->items);
        *o = (struct known_owners){};
}

static int compare_cookies(const void *a, const void *b)
{
        const struct known_owner *x = a, *y = b;

        return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

static struct known_owner *find(const struct known_owners *o, uint64_t cookie)
{
        struct known_owner key = {.cookie = cookie};

        return o->n == 0 ? NULL : bsearch(&key, o->items, o->n, sizeof(*o->items), compare_cookies);
}

/* Takes over what is known of namespaces that still are; returns how many are not known yet. */
static size_t take_over(const struct known_owners *from, const struct look *look,
                        struct known_owners *to)
{
        size_t n_new = 0;

        for (size_t i = 0; i < look->n_nets; i++) {
                const struct look_net *ns = &look->nets[i];
                const struct known_owner *known = find(from, ns->record.cookie);
                if (ns->record.charged_uid != 0)
                        continue;
                to->items[to->n] =
                        known ? *known : (struct known_owner){.cookie = ns->record.cookie};
                n_new += to->items[to->n++].name[0] == '\0';
        }
        if (to->n > 1)
                qsort(to->items, to->n, sizeof(*to->items), compare_cookies);
        return n_new;
}

static int learn(const struct look_net *ns, const struct task_record *task, void *userdata)
{
        struct known_owner *k = find(userdata, ns->record.cookie);

        if (k && k->name[0] == '\0' && task->tgid > 0)
                (void)charge_name(task->tgid, 0, k->name);
        return 0;
}

int known_owners_update(struct known_owners *o, struct looker *l, const struct look *look)
{
        struct known_owners now = {.items = calloc(look->n_nets + 1, sizeof(*now.items))};

        if (!now.items)
                return -ENOMEM;
        if (take_over(o, look, &now) > 0)
                (void)looker_foreach_task(l, look, learn, &now);
        known_owners_deinit(o);
        *o = now;
        return 0;
}

const char *known_owners_share(const struct known_owners *o, const struct look_net *ns,
                               char buffer[static FAIR_SHARE_NAME_MAX])
{
        const struct known_owner *k =
                ns->record.charged_uid == 0 ? find(o, ns->record.cookie) : NULL;

        if (k && k->name[0])
                return strcpy(buffer, k->name);
        return fair_share_name_of_uid(buffer, ns->record.charged_uid);
}
