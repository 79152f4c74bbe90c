/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Phase H: file systems that keep the namespace they were mounted from: those of nfsd and of
 * rpc_pipefs. Their superblock holds the reference, so no process and no mount need be left. */

#include "census/bpf/emit.bpf.h"

__u64 blocks_first = 0, block_next = 0;

static long block_one(__u32 i, void *unused)
{
        struct super_block *block;
        __u64 net;

        if (!block_next || (i > 0 && block_next == blocks_first)) {
                run.done = block_next == blocks_first;
                return 1;
        }
        block = MEMBER(struct super_block, block_next, s_list);
        block_next = list_next(block_next);
        net = (__u64)BPF_CORE_READ(block, s_fs_info);
        emit_if_wanted(net, (__u64)block);
        return run.full != 0;
}

/* One run: a million file systems would be the first to take longer than its budget. */
SEC("raw_tp/walk") int walk_mounts(void *ctx)
{
        struct task_struct *t = (void *)bpf_get_current_task();
        struct super_block *ours = BPF_CORE_READ(t, fs, root.dentry, d_sb);

        run_start();
        last_unwanted = 0;
        finding_task = finding_owner = 0;
        finding_fd = -1;
        finding_found = FOUND_KERNEL_MOUNT;
        finding_where = WHERE_KERNEL;
        run.records = 0;
        blocks_first = block_next = ADDRESS(ours, s_list);
        bpf_loop(TURNS_MAX, block_one, NULL, 0);
        run_end();
        return 0;
}
