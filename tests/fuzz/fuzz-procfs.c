/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every parser of procfs text gets every input: the format is not known from the bytes, and a
 * parser must not mind another one's. */

#include "census/procfs/parse-fdinfo.h"
#include "census/procfs/parse.h"
#include "census/procfs/proc-mounts.h"
#include "census/procfs/proc-net.h"
#include "fuzz.h"

static void fuzz_line(const char *line, size_t n)
{
        struct mountinfo m;
        bool hides;

        int r = parse_mountinfo(line, n, &m);
        if (r == 0) {
                must(m.target >= line && m.target + m.target_length <= line + n);
                must(m.root >= line && m.root + m.root_length <= line + n);
                _cleanup_free_ char *target =
                        fuzz_string((const uint8_t *)m.target, m.target_length);
                must(parse_unescape_octal(target, m.target_length) <= m.target_length);
        }
        (void)parse_mountinfo_proc(line, n, &hides);
        struct maps_line mapping;
        if (parse_maps(line, n, &mapping))
                must(mapping.name >= line && mapping.name + mapping.name_length <= line + n);
        struct fdinfo_watch watch;
        (void)parse_fdinfo_watch(line, n, &watch);
        (void)parse_devices_major(line, n, "macvtap");
}

static void fuzz_link(const char *text, size_t n)
{
        static const char *const types[] = {"net", "mnt", "socket"};
        _cleanup_free_ char *path = fuzz_string((const uint8_t *)text, n);
        const char *file = NULL;
        uint64_t inode;

        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                (void)parse_typed_link(text, n, types[i], &inode);
        if (proc_net_parse(path, &file))
                must(file >= path && file <= path + n);
}

static void fuzz_mounts(const char *line, size_t n)
{
        _cleanup_free_ char *text = fuzz_string((const uint8_t *)line, n);
        struct proc_mounts m = {};
        bool other;

        must(proc_mounts_add(&m, text) == 0);
        for (size_t i = 0; i < m.n; i++) {
                must(proc_mounts_find(&m, m.mounts[i].id, &other) != NULL);
                free(proc_mount_path(&m.mounts[i], text));
                free(proc_mount_path(&m.mounts[i], m.mounts[i].target));
        }
        proc_mounts_deinit(&m);
        (void)proc_net_begins(line, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data, *end = text + size, *line;
        struct fdinfo_ring ring = {};
        size_t n;
        uint64_t ticks;

        (void)parse_stat_start_ticks(text, size, &ticks);
        (void)parse_fdinfo_scm_fds(text, size);
        (void)parse_fdinfo_is_path(text, size);
        (void)parse_fdinfo_bpf_link(text, size, "netfilter", &ticks);
        (void)parse_status_is_exiting(text, size);
        fuzz_link(text, size);
        for (const char *p = text; parse_line(&p, end, &line, &n);) {
                must(line >= text && line + n <= end && p <= end);
                fuzz_line(line, n);
                const char *name;
                size_t length;
                if (parse_fdinfo_ring_line(&ring, line, n, &name, &length))
                        must(name >= line && name + length <= line + n);
                fuzz_mounts(line, n);
        }
        return 0;
}
