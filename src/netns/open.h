/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one guarded way to open a namespace through a file of another process.
 *
 * What stands at a path, or behind a link below /proc, is another's choice, and it may choose anew
 * between two looks: a device that an open starts, a terminal that would become ours, a FIFO or a
 * server that an open waits for. So the file is found without being opened (O_PATH), checked to be
 * of nsfs and the wanted one, and only then opened, through the fd that was checked. */

#include <stdint.h>

/* What the file must turn out to be. */
struct netns_wanted {
        uint64_t inode;  /* nsfs inode number; 0: any network namespace */
        uint64_t cookie; /* compared where the kernel tells that of an nsfs fd (6.18); 0: any */
};

/* What was found already, @found (O_PATH): opens it if it is @wanted. As below. */
int netns_open_found(int found, const struct netns_wanted *wanted);

/* A link of the kernel's own below @dir_fd (a directory of procfs): "task/7/ns/net", "fd/4". An
 * nsfs fd (close-on-exec), to be closed at once; -ESTALE when it leads to something else than
 * @wanted, or another negative errno. */
int netns_open_link(int dir_fd, const char *path, const struct netns_wanted *wanted);

/* A path (raw bytes, not escaped) below the root of the process @process_fd (an fd of /proc/PID).
 * It never leads out of that root nor through a link of procfs to elsewhere, and never waits for a
 * file system that has a server: netns/path.h. As above; -EAGAIN where it would have to. */
int netns_open_below(int process_fd, const char *path, const struct netns_wanted *wanted);
