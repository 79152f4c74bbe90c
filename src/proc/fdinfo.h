/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Parsers of /proc/PID/fdinfo/FD, proc_pid_fdinfo(5), line by line: pure functions. The text is the
 * kernel's, but names in it are other processes' (before Linux 6.13, with newlines and all), so
 * every one accepts any bytes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number in the "scm_fds:" line of a unix socket: files in flight in its receive queue (5.8+).
 * 0 when there is no such line. */
uint64_t proc_fdinfo_scm_fds(const char *text, size_t n);

/* The "flags:" line: O_CLOEXEC says that execve(2) closes the fd, O_PATH that it has the file's
 * inode, not the file. 0, or -EINVAL when there is no such line. */
int proc_fdinfo_flags(const char *text, size_t n, uint64_t *ret);

/* The same from the file @path below @dir_fd. It is the second line of what may be long. 1, 0 when
 * there is none, or a negative errno. */
int proc_fdinfo_read_flags(int dir_fd, const char *path, uint64_t *ret);

/* The "mnt_id:" line (3.15+). 0, or -EINVAL when there is no such line. */
int proc_fdinfo_mount_id(const char *text, size_t n, uint64_t *ret);

/* A BPF link: whether its "link_type:" is @type, and its "link_id:" (0: not told). */
bool proc_fdinfo_bpf_link(const char *text, size_t n, const char *type, uint64_t *ret_id);

/* What an io_uring lists. All zero before the first line. */
struct fdinfo_ring {
        enum {
                FDINFO_RING_OTHER,
                FDINFO_RING_FILES,
                FDINFO_RING_REQUESTS,
        } section;
        bool has_files;      /* there is a list of registered files: not while the ring is locked */
        uint64_t n_slots;    /* places for them */
        uint64_t n_listed;   /* lines about them, also "<none>" of older kernels */
        uint64_t n_requests; /* that wait for something */
};

/* Takes in a line (without newline). True when it names a registered file; @ret is the name then, a
 * path with escapes, or before Linux 6.13 the last part of one. */
bool proc_fdinfo_ring_line(struct fdinfo_ring *r, const char *line, size_t n, const char **ret,
                           size_t *ret_length);

/* A watch of inotify, or a mark of fanotify on an inode. */
struct fdinfo_watch {
        uint64_t device; /* of the file system, as statx_device() */
        uint64_t inode;
        bool evictable; /* does not keep the inode (fanotify, 5.19+) */
        /* From an nsfs file handle (6.18+); else 0. */
        uint64_t ns_cookie;
        uint32_t ns_type; /* CLONE_NEWNET, … */
};

/* Whether @line (without newline) is one. */
bool proc_fdinfo_watch(const char *line, size_t n, struct fdinfo_watch *ret);

/* A file in an epoll set: its fd in the process that added it, and its inode (4.13+; else 0). */
struct fdinfo_epoll {
        uint64_t fd;
        uint64_t inode;
};

/* Whether @line (without newline) is one. */
bool proc_fdinfo_epoll(const char *line, size_t n, struct fdinfo_epoll *ret);
