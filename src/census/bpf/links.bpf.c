/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Phase G: netfilter links of BPF, of all that there are: one may be pinned in bpffs, with no
 * process at all. They came with Linux 6.4. */

#include "census/bpf/emit.bpf.h"

__u64 link_at = 0; /* a number: the verifier tells pointers that it gave */

SEC("iter/bpf_link") int walk_links(struct bpf_iter__bpf_link *ctx)
{
        struct bpf_link *link = ctx->link;
        struct bpf_nf_link *nf = (void *)link;

        if (!link) { /* the end */
                run.done = 1;
                return 0;
        }
        if (!bpf_core_field_exists(struct bpf_nf_link, net) ||
            (__u32)BPF_CORE_READ(link, type) != BPF_LINK_TYPE_NETFILTER)
                return 0;
        link_at = (__u64)link;
        last_unwanted = 0;
        finding_task = finding_owner = 0;
        finding_fd = -1;
        finding_found = FOUND_BPF_LINK;
        finding_where = WHERE_KERNEL;
        emit_if_wanted((__u64)BPF_CORE_READ(nf, net), link_at);
        return 0;
}
