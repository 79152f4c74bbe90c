/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every parser of src/proc gets every input: the format is not known from the bytes, and a parser
 * must not mind another one's. */

#include "fuzz.h"
#include "proc/call.h"
#include "proc/cgroup.h"
#include "proc/fdinfo.h"
#include "proc/host.h"
#include "proc/link.h"
#include "proc/maps.h"
#include "proc/mountinfo.h"
#include "proc/rest.h"
#include "proc/stat.h"
#include "proc/status.h"

static void fuzz_mountinfo(const char *line, size_t n)
{
        struct mountinfo m;
        bool hides;

        if (proc_mountinfo_parse(line, n, &m) == 0) {
                must(m.target >= line && m.target + m.target_length <= line + n);
                must(m.root >= line && m.root + m.root_length <= line + n);
                _cleanup_free_ char *target =
                        fuzz_string((const uint8_t *)m.target, m.target_length);
                must(proc_mountinfo_unescape(target, m.target_length) <= m.target_length);
        }
        (void)proc_mountinfo_hides(line, n, &hides);
}

static void fuzz_line(const char *line, size_t n)
{
        struct fdinfo_watch watch;
        struct fdinfo_epoll epoll;
        struct proc_call call;
        struct maps_line mapping;

        fuzz_mountinfo(line, n);
        if (proc_maps_parse_any(line, n, &mapping))
                must(mapping.name >= line && mapping.name + mapping.name_length <= line + n);
        (void)proc_fdinfo_watch(line, n, &watch);
        (void)proc_fdinfo_epoll(line, n, &epoll);
        (void)proc_call_parse(line, n, &call);
        (void)proc_host_major(line, n, "macvtap");
}

static void fuzz_whole(const char *text, size_t n)
{
        static const char *const types[] = {"net", "mnt", "user", "socket"};
        _cleanup_free_ char *cgroups = fuzz_string((const uint8_t *)text, n);
        struct proc_stat stat;
        uint64_t number;

        if (proc_stat_parse(text, n, &stat) == 0)
                must(stat.parent >= 0);
        (void)proc_fdinfo_scm_fds(text, n);
        (void)proc_fdinfo_flags(text, n, &number);
        (void)proc_fdinfo_mount_id(text, n, &number);
        (void)proc_fdinfo_bpf_link(text, n, "netfilter", &number);
        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                (void)proc_link_parse(text, n, types[i], &number);
        const char *path = proc_cgroup_parse(cgroups).path;
        if (path)
                must(path >= cgroups && path + strlen(path) <= cgroups + n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data, *name;
        struct rest lines = REST_OF(text, size), line;
        struct proc_status status = PROC_STATUS_INIT;
        struct fdinfo_ring ring = {};
        size_t length;

        fuzz_whole(text, size);
        while (rest_take_line(&lines, &line)) {
                size_t n = rest_length(&line);
                must(line.p >= text && line.end <= text + size && lines.p <= text + size);
                fuzz_line(line.p, n);
                proc_status_take(&status, line.p, n);
                must(status.n_pids <= PROC_STATUS_PIDS_MAX);
                if (proc_fdinfo_ring_line(&ring, line.p, n, &name, &length))
                        must(name >= line.p && name + length <= line.end);
        }
        return 0;
}
