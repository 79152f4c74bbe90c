/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/state.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/file.h"
#include "util/kernel.h"

/* Far more than the ledger of any host; a file larger than this is none of ours. */
#define STATE_SIZE_MAX (256UL << 20)

struct ledger_state_file {
        char *path;
        char boot_id[33];
        uint64_t pid_namespace;
        uint64_t saved; /* the revision that the file holds */
        bool written;   /* the file holds any */
};

int ledger_state_file_new(struct ledger_state_file **ret, const char *path, struct error *error)
{
        _cleanup_(ledger_state_file_freep) struct ledger_state_file *f = calloc(1, sizeof(*f));
        struct stat st;
        int r;

        if (!f)
                return error_oom(error);
        f->path = strdup(path);
        if (!f->path)
                return error_oom(error);
        r = kernel_boot_id(f->boot_id);
        if (r < 0)
                return error_set_errno(error, r, "The boot id can not be read");
        if (stat("/proc/self/ns/pid", &st) < 0)
                return error_set_errno(error, errno, "/proc/self/ns/pid can not be read");
        f->pid_namespace = st.st_ino;
        *ret = TAKE_PTR(f);
        return 0;
}

struct ledger_state_file *ledger_state_file_free(struct ledger_state_file *f)
{
        if (!f)
                return NULL;
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
                                "State file %s is not used, because %s; it can not "
                                "be renamed",
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
                error_set_errno(error, r, "State file %s can not be read", f->path);
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
        f->written = true;
        return LEDGER_STATE_LOADED;
}

int ledger_state_save(struct ledger_state_file *f, const struct ledger *l, struct error *error)
{
        _cleanup_free_ char *bytes = NULL;
        size_t n_bytes;
        int r;

        if (f->written && f->saved == ledger_revision(l))
                return 0;
        bytes = ledger_state_format(l, f->boot_id, f->pid_namespace, &n_bytes);
        if (!bytes)
                return error_oom(error);
        r = file_replace(f->path, bytes, n_bytes);
        if (r < 0)
                return error_set_errno(error, r, "State file %s can not be written", f->path);
        f->saved = ledger_revision(l);
        f->written = true;
        return 1;
}
