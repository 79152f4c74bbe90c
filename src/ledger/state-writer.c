/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/state-writer.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "util/file.h"
#include "util/macro.h"
#include "util/thread.h"

/* It calls nothing that needs more. */
#define STACK_SIZE (256 * 1024)

struct state_writer {
        _Atomic unsigned n_owners; /* the caller, and the thread */
        _Atomic bool ended;
        int result;
        int fd;
        char *path;
        struct text_buffer body;
        state_writer_line_fn line;
        char boot_id[33];
        uint64_t pid_namespace;
};

static void disown(struct state_writer *w)
{
        if (atomic_fetch_sub(&w->n_owners, 1) > 1)
                return;
        fd_close(w->fd);
        text_buffer_deinit(&w->body);
        free(w->path);
        free(w);
}

static void *writer_main(void *userdata)
{
        struct state_writer *w = userdata;
        char line[STATE_WRITER_LINE_MAX];

        int n = w->line(line, sizeof(line), &w->body, w->boot_id, w->pid_namespace);
        const struct iovec parts[] = {{line, (size_t)n}, {w->body.text, w->body.n}};
        w->result = file_replace_parts(w->path, parts, ARRAY_SIZE(parts));
        atomic_store(&w->ended, true);
        (void)eventfd_write(w->fd, 1);
        disown(w);
        return NULL;
}

int state_writer_start(struct state_writer **ret, const struct state_writer_job *job)
{
        struct state_writer *w = calloc(1, sizeof(*w));
        int r = 0;

        if (!w) {
                text_buffer_deinit(job->body);
                return -ENOMEM;
        }
        *w = (struct state_writer){
                .n_owners = 2,
                .line = job->line,
                .body = *job->body,
                .pid_namespace = job->pid_namespace,
                .fd = fcntl(job->event_fd, F_DUPFD_CLOEXEC, 0),
        };
        *job->body = (struct text_buffer){};
        if (w->fd < 0)
                r = negative_errno();
        (void)snprintf(w->boot_id, sizeof(w->boot_id), "%s", job->boot_id);
        w->path = strdup(job->path);
        if (r >= 0)
                r = w->path ? thread_start_detached(writer_main, w, STACK_SIZE) : -ENOMEM;
        if (r < 0) {
                w->n_owners = 1;
                disown(w);
                return r;
        }
        *ret = w;
        return 0;
}

int state_writer_ended(struct state_writer *w, int *ret_result)
{
        if (!atomic_load(&w->ended))
                return 0;
        *ret_result = w->result;
        return 1;
}

struct state_writer *state_writer_free(struct state_writer *w)
{
        if (w)
                disown(w);
        return NULL;
}
