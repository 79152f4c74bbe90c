/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/kernel-devices.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "proc/host.h"
#include "util/line-reader.h"

static int device_of(int fd, uint64_t *ret)
{
        struct statx stx;

        if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_INO, &stx) < 0)
                return negative_errno();
        *ret = statx_device(&stx);
        return 0;
}

int kernel_devices_learn(struct kernel_devices *ret)
{
        _cleanup_close_ int ns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        int r = device_of(ns, &ret->nsfs);
        if (r < 0)
                return r;
        _cleanup_close_ int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        r = device_of(sock, &ret->sockfs);
        if (r < 0)
                return r;
        _cleanup_close_ int event = eventfd(0, EFD_CLOEXEC);
        r = device_of(event, &ret->anon_inodefs);
        if (r < 0)
                return r;
        struct stat st;
        if (fstat(event, &st) < 0)
                return negative_errno();
        ret->anon_inode = st.st_ino;
        return 0;
}

bool kernel_devices_have_bpffs(const struct kernel_devices *devices, uint64_t device)
{
        for (size_t i = 0; i < devices->n_bpffs; i++)
                if (devices->bpffs[i] == device)
                        return true;
        return false;
}

bool kernel_devices_add_bpffs(struct kernel_devices *devices, uint64_t device)
{
        if (kernel_devices_have_bpffs(devices, device))
                return true;
        if (devices->n_bpffs == KERNEL_BPFFS_MAX)
                return false;
        devices->bpffs[devices->n_bpffs++] = device;
        return true;
}

void kernel_devices_refresh(struct kernel_devices *devices, int proc_fd)
{
        static const char *const names[] = {"macvtap", "ipvtap"};
        _cleanup_(line_reader_closep) struct line_reader lines;
        const char *line;
        size_t n;

        memset(devices->tap_majors, 0, sizeof(devices->tap_majors));
        int r = line_reader_open(&lines, proc_fd, "devices");
        while (r >= 0 && (r = line_reader_next(&lines, &line, &n)) > 0)
                for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                        uint32_t major = proc_host_major(line, n, names[i]);
                        if (major > 0)
                                devices->tap_majors[i] = major;
                }
}
