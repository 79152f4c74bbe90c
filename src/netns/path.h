/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finding a file below another process's root, as it would find it: symbolic links, absolute ones
 * too, and ".." lead to what lies below that root and never out of it; mounts are crossed; no magic
 * link of procfs is followed, which would lead anywhere. What is found is not opened (O_PATH).
 *
 * Nothing is waited for either: where a lookup would have to ask a file system that has a server
 * (FUSE, NFS, an automount), the path is not followed. */

/* Finds @path below the directory @root_fd. A symbolic link at its end is found itself.
 * @process_fd (of /proc/PID) is that whose root it is: its list of mounts says what a file system
 * is, where that has to be known.
 *
 * By openat2(2) (5.6; out of the kernel's caches, 5.12), which some sandboxes refuse; else by
 * path_walk(). An O_PATH fd (close-on-exec), -EAGAIN where it would have to wait, -ELOOP for a
 * magic link or too many links, or another negative errno. */
int path_find(int root_fd, const char *path, int process_fd);

/* The same by hand, one component at a time. -ENAMETOOLONG below PATH_DEPTH_MAX directories. */
int path_walk(int root_fd, const char *path, int process_fd);

/* Both, of a path in which no component may be a symbolic link: -ELOOP where one is, but for the
 * last, which is found itself. */
int path_find_plain(int root_fd, const char *path, int process_fd);
int path_walk_plain(int root_fd, const char *path, int process_fd);

#define PATH_DEPTH_MAX 128
