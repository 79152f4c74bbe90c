/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/bpf-call.h"

#include <stdint.h>
#include <sys/syscall.h>

#include "util/macro.h"

int bpf_call(int command, union bpf_attr *attr)
{
        long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

        return r < 0 ? negative_errno() : (int)r;
}

int bpf_call_ask_link(int fd, struct bpf_link_info *ret)
{
        union bpf_attr attr = {.info = {.bpf_fd = (uint32_t)fd,
                                        .info_len = sizeof(*ret),
                                        .info = (uint64_t)(uintptr_t)ret}};

        return bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr);
}
