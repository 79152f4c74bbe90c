/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/compare-sentence.h"

#include <inttypes.h>
#include <stdio.h>

/* "process 411 (socket, fd 3)" */
static const char *holder_text(const struct disagreement *d, char *buffer, size_t size)
{
        const char *kind = holder_kind_to_string(d->holder);

        if (d->fd >= 0)
                (void)snprintf(buffer, size, "process %d (%s, fd %d)", (int)d->pid, kind, d->fd);
        else if (d->pid > 0)
                (void)snprintf(buffer, size, "process %d (%s)", (int)d->pid, kind);
        else
                (void)snprintf(buffer, size, "a holder without a process (%s)", kind);
        return buffer;
}

static void identity_sentence(const struct disagreement *d, char *buffer)
{
        if (d->id.inode != d->other.inode)
                (void)snprintf(buffer, COMPARE_SENTENCE_MAX,
                               "of cookie %" PRIu64 " BPF has the inode number %" PRIu64
                               ", procfs %" PRIu64,
                               d->id.cookie, d->id.inode, d->other.inode);
        else
                (void)snprintf(buffer, COMPARE_SENTENCE_MAX,
                               "BPF has its cookie as %" PRIu64 ", procfs as %" PRIu64,
                               d->id.cookie, d->other.cookie);
}

const char *compare_sentence(const struct disagreement *d, char buffer[static COMPARE_SENTENCE_MAX])
{
        const char *bpf = netns_verdict_to_string(d->bpf),
                   *procfs = netns_verdict_to_string(d->procfs);
        char holder[96];

        switch (d->kind) {
        case COMPARE_ONLY_BPF:
                (void)snprintf(buffer, COMPARE_SENTENCE_MAX,
                               "BPF calls it %s, procfs does not have it, and has seen all of %s",
                               bpf,
                               d->holder ? holder_text(d, holder, sizeof(holder)) : "the tasks");
                break;
        case COMPARE_ONLY_PROCFS:
                (void)snprintf(buffer, COMPARE_SENTENCE_MAX,
                               "procfs calls it %s, the kernel's list by BPF does not have it",
                               procfs);
                break;
        case COMPARE_IDENTITY:
                identity_sentence(d, buffer);
                break;
        case COMPARE_VERDICT:
                (void)snprintf(buffer, COMPARE_SENTENCE_MAX, "BPF calls it %s, procfs %s", bpf,
                               procfs);
                break;
        case COMPARE_HOLDER_ONLY_BPF:
                (void)snprintf(buffer, COMPARE_SENTENCE_MAX,
                               "BPF names %s, procfs has seen all of that process and does not",
                               holder_text(d, holder, sizeof(holder)));
                break;
        default:
                (void)snprintf(buffer, COMPARE_SENTENCE_MAX,
                               "procfs names %s, BPF explains every reference without it",
                               holder_text(d, holder, sizeof(holder)));
        }
        return buffer;
}
