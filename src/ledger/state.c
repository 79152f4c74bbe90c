/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/state.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include "ledger/state-format.h"
#include "ledger/state-parse.h"
#include "ledger/state-writer.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/kernel.h"

struct ledger_state_file {
        char *path;
        char boot_id[33];
        uint64_t pid_namespace;
        uint64_t saved; /* the revision that the file holds */
        uint64_t saved_sequence;
        bool written; /* the file holds any */

        int fd;                      /* eventfd(2): a write has ended */
        struct state_writer *writer; /* NULL: none is under way */
        uint64_t writing, writing_sequence;
        uint64_t writing_since_usec; /* CLOCK_MONOTONIC */
};

int ledger_state_file_new(struct ledger_state_file **ret, const char *path, struct error *error)
{
        _cleanup_(ledger_state_file_freep) struct ledger_state_file *f = calloc(1, sizeof(*f));
        struct stat st;
        int r;

        if (!f)
                return error_oom(error);
        f->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (f->fd < 0)
                return error_set_errno(error, errno, "Failed to make an eventfd");
        f->path = strdup(path);
        if (!f->path)
                return error_oom(error);
        r = kernel_boot_id(f->boot_id);
        if (r < 0)
                return error_set_errno(error, r, "Failed to read the boot id");
        if (stat("/proc/self/ns/pid", &st) < 0)
                return error_set_errno(error, errno, "Failed to look at /proc/self/ns/pid");
        f->pid_namespace = st.st_ino;
        *ret = TAKE_PTR(f);
        return 0;
}

struct ledger_state_file *ledger_state_file_free(struct ledger_state_file *f)
{
        if (!f)
                return NULL;
        state_writer_free(f->writer);
        fd_close(f->fd);
        free(f->path);
        free(f);
        return NULL;
}

/* Out of the way, but kept for who wants to know what happened; the last one only. */
static int set_aside(const struct ledger_state_file *f, const char *why, struct error *error)
{
        _cleanup_free_ char *aside = NULL;

        if (asprintf(&aside, "%s.damaged", f->path) < 0) {
                aside = NULL;
                return error_oom(error);
        }
        if (rename(f->path, aside) < 0) {
                error_set_errno(error, errno,
                                "Failed to rename state file %s, which is not used because %s",
                                f->path, why);
                return LEDGER_STATE_UNREADABLE;
        }
        error_set(error, 0, "State file %s is not used, because %s; it is now %s", f->path, why,
                  aside);
        return LEDGER_STATE_SET_ASIDE;
}

int ledger_state_load(struct ledger_state_file *f, struct ledger *l, struct error *error)
{
        _cleanup_free_ char *bytes = NULL;
        struct error why;
        size_t n_bytes;
        int r;

        r = file_read_at(AT_FDCWD, f->path, STATE_SIZE_MAX, &bytes, &n_bytes);
        if (r == -ENOENT)
                return LEDGER_STATE_ABSENT;
        if (r == -ENOMEM)
                return error_oom(error);
        if (r == -EFBIG || r == -EISDIR)
                return set_aside(f, r == -EFBIG ? "it is too large" : "it is a directory", error);
        if (r < 0) {
                error_set_errno(error, r, "Failed to read state file %s", f->path);
                return LEDGER_STATE_UNREADABLE;
        }
        r = ledger_state_parse(l, bytes, n_bytes, f->boot_id, f->pid_namespace, &why);
        if (r == -ENOMEM)
                return error_oom(error);
        if (r == -ESTALE)
                return LEDGER_STATE_OTHER_BOOT;
        if (r < 0)
                return set_aside(f, why.text, error);
        f->saved = ledger_revision(l);
        f->saved_sequence = ledger_sequence(l);
        f->written = true;
        return LEDGER_STATE_LOADED;
}

/* Takes note of the end of a write. 0, or what it failed with. */
static int end_write(struct ledger_state_file *f)
{
        uint64_t count;
        int result;

        if (!f->writer || !state_writer_ended(f->writer, &result))
                return 0;
        (void)eventfd_read(f->fd, &count);
        f->writer = state_writer_free(f->writer);
        if (result < 0)
                return result;
        f->saved = f->writing;
        f->saved_sequence = f->writing_sequence;
        f->written = true;
        return 0;
}

static int begin_write(struct ledger_state_file *f, const struct ledger *l)
{
        _cleanup_(text_buffer_deinit) struct text_buffer body = {};
        int r = ledger_state_format_body(l, &body);

        if (r < 0)
                return r;
        f->writing = ledger_revision(l);
        f->writing_sequence = ledger_sequence(l);
        f->writing_since_usec = clock_usec(CLOCK_MONOTONIC);
        return state_writer_start(&f->writer, &(struct state_writer_job){
                                                      .path = f->path,
                                                      .body = &body,
                                                      .line = ledger_state_format_header,
                                                      .boot_id = f->boot_id,
                                                      .pid_namespace = f->pid_namespace,
                                                      .event_fd = f->fd,
                                              });
}

int ledger_state_save(struct ledger_state_file *f, const struct ledger *l, struct error *error)
{
        int r = end_write(f);

        if (r >= 0 && f->writer)
                return LEDGER_STATE_SAVING;
        if (r >= 0 && f->written && f->saved == ledger_revision(l))
                return LEDGER_STATE_SAVED;
        if (r >= 0)
                r = begin_write(f, l);
        return r < 0 ? error_set_errno(error, r, "Failed to write state file %s", f->path)
                     : LEDGER_STATE_SAVING;
}

int ledger_state_fd(const struct ledger_state_file *f)
{
        return f->fd;
}

uint64_t ledger_state_saved_sequence(const struct ledger_state_file *f)
{
        return f->saved_sequence;
}

uint64_t ledger_state_saving_usec(const struct ledger_state_file *f)
{
        return f->writer ? clock_usec(CLOCK_MONOTONIC) - f->writing_since_usec : 0;
}

int ledger_state_flush(struct ledger_state_file *f, const struct ledger *l, uint64_t timeout_usec,
                       struct error *error)
{
        uint64_t now = clock_usec(CLOCK_MONOTONIC), end = now + timeout_usec;
        int r;

        while ((r = ledger_state_save(f, l, error)) == LEDGER_STATE_SAVING && now < end) {
                struct pollfd p = {.fd = f->fd, .events = POLLIN};
                (void)poll(&p, 1, (int)((end - now) / USEC_PER_MSEC) + 1);
                now = clock_usec(CLOCK_MONOTONIC);
        }
        return r;
}
