/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/netns.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/compare.h"
#include "util/string-table.h"

static const char *const verdict_names[_VERDICT_MAX] = {
        [VERDICT_ATTACHED] = "attached",
        [VERDICT_PINNED] = "pinned",
        [VERDICT_ORPHANED] = "orphaned",
};

const char *netns_verdict_to_string(enum verdict verdict)
{
        return verdict < _VERDICT_MAX ? verdict_names[verdict] : NULL;
}

int netns_verdict_from_string(const char *s)
{
        return string_table_find(verdict_names, _VERDICT_MAX, s);
}

bool netns_identity_equal(const struct netns_identity *a, const struct netns_identity *b)
{
        if (a->cookie && b->cookie)
                return a->cookie == b->cookie;
        if (a->inode && b->inode)
                return a->inode == b->inode;
        const struct nameless *x = &a->nameless, *y = &b->nameless;
        return x->kind != HOLDER_NONE && x->kind == y->kind && x->file_inode == y->file_inode &&
               x->pid == y->pid &&
               (x->start_ticks == y->start_ticks || !x->start_ticks || !y->start_ticks);
}

int netns_nameless_compare(const struct nameless *a, const struct nameless *b)
{
        int r = compare_u64(a->start_ticks, b->start_ticks);
        if (r == 0)
                r = a->pid < b->pid ? -1 : a->pid > b->pid;
        if (r == 0)
                r = a->kind < b->kind ? -1 : a->kind > b->kind;
        return r ? r : compare_u64(a->file_inode, b->file_inode);
}

const char *netns_identity_format(const struct netns_identity *id,
                                  char buffer[static NETNS_NAME_MAX])
{
        if (id->inode)
                (void)snprintf(buffer, NETNS_NAME_MAX, "net:[%" PRIu64 "]", id->inode);
        else
                (void)snprintf(buffer, NETNS_NAME_MAX, "net:[?%d/%" PRIu64 "]",
                               (int)id->nameless.pid, id->nameless.file_inode);
        return buffer;
}

uint64_t netns_holder_count(const struct netns *ns)
{
        uint64_t n = 0;
        for (enum holder_kind k = HOLDER_NONE + 1; k < _HOLDER_KIND_MAX; k++)
                n += ns->count[k];
        return n;
}

const char *netns_share(const struct netns *ns, char buffer[static FAIR_SHARE_NAME_MAX])
{
        const struct process *first = NULL;

        for (size_t i = 0; i < ns->n_holders && !first; i++)
                first = ns->holders[i].process;
        uid_t uid = ns->has_owner ? ns->charged_uid : first ? first->uid : UID_UNKNOWN;
        if (uid != 0 || !first || !first->unit)
                return fair_share_name_of_uid(buffer, uid);
        (void)snprintf(buffer, FAIR_SHARE_NAME_MAX, "%s", first->unit);
        return buffer;
}
