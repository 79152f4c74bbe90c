/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/unix-listeners.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/address.h"
#include "inspect/process-open.h"
#include "netlink/netns-thread.h"
#include "netlink/sock-diag.h"
#include "util/array.h"

/* A busy host has some hundreds. */
#define NAMES_MAX 4096

void unix_listeners_deinit(struct unix_listeners *l)
{
        for (size_t i = 0; i < l->n; i++)
                free(l->names[i]);
        free(l->names);
        *l = (struct unix_listeners){};
}

static int on_socket(const struct sock_record *record, void *userdata)
{
        struct unix_listeners *l = userdata;
        char *name;

        if (record->state != TCP_LISTEN || l->n >= NAMES_MAX)
                return 0;
        int r = address_socket_text(record, false, &name);
        if (r < 0 || !name)
                return r;
        char **grown = array_grow(l->names, l->n, sizeof(*grown));
        if (!grown) {
                free(name);
                return -ENOMEM;
        }
        l->names = grown;
        l->names[l->n++] = name;
        return 0;
}

/* In the namespace of the process. */
static int list(void *userdata)
{
        return sock_diag_walk_one(SOCK_TABLE_UNIX, on_socket, userdata);
}

int unix_listeners_read(struct unix_listeners *l, const struct process *process)
{
        if (l->process == process)
                return 0;
        unix_listeners_deinit(l);
        l->process = process;
        _cleanup_close_ int dir = process_open_dir(process);
        _cleanup_close_ int fd =
                dir < 0 ? -EBADF : openat(dir, "ns/net", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return 0;
        return netns_thread_run(fd, list, l) == -ENOMEM ? -ENOMEM : 0;
}

bool unix_listeners_have(const struct unix_listeners *l, const char *name)
{
        for (size_t i = 0; i < l->n && name; i++)
                if (strcmp(l->names[i], name) == 0)
                        return true;
        return false;
}
