/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/process-facts.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-login.h>

#include "inspect/cgroup.h"
#include "inspect/go-binary.h"
#include "inspect/process-open.h"
#include "inspect/process-parse.h"
#include "netns/mount-guard.h"
#include "proc/comm.h"
#include "proc/error.h"
#include "proc/open.h"
#include "proc/rest.h"
#include "proc/stat.h"
#include "proc/status.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/line-reader.h"
#include "util/text.h"
#include "util/unit-name.h"

#define FILE_MAX ((size_t)64 * 1024)

/* A command line can be megabytes; more than this helps nobody. */
#define COMMAND_LINE_MAX 4096

struct process_facts *process_facts_free(struct process_facts *f)
{
        if (!f)
                return NULL;
        free(f->comm);
        free(f->executable);
        free(f->command_line);
        free(f->user);
        free(f->parent_comm);
        free(f->parent_executable);
        free(f->cgroup);
        free(f->unit);
        free(f->user_unit);
        free(f->slice);
        container_deinit(&f->container);
        free(f);
        return NULL;
}

/* Facts that are missing are no errors, but memory that is missing is. */
static int only_enomem(int r)
{
        return r == -ENOMEM ? r : 0;
}

static int escape_into(const char *s, char **ret)
{
        free(*ret);
        *ret = text_escape_string(s);
        return *ret ? 0 : -ENOMEM;
}

/* Leaves *ret NULL when it cannot be read (a kernel thread has none). */
static int read_executable(int dir, char **ret, bool *ret_deleted)
{
        static const char deleted[] = " (deleted)";
        char path[PATH_MAX];
        ssize_t n;

        *ret_deleted = false;
        n = readlinkat(dir, "exe", path, sizeof(path));
        if (n < 0)
                return 0;
        size_t length = (size_t)n, suffix = sizeof(deleted) - 1;
        if (length > suffix && memcmp(path + length - suffix, deleted, suffix) == 0) {
                *ret_deleted = true;
                length -= suffix;
        }
        *ret = text_escape(path, length);
        return *ret ? 0 : -ENOMEM;
}

static bool is_roots(int dir)
{
        struct file_id id;
        bool yes;

        return file_id_of_roots(dir, "exe", &id, &yes) >= 0 && yes;
}

static int read_parent(pid_t pid, struct process_facts *f)
{
        bool deleted;

        f->parent = pid;
        _cleanup_close_ int root = pid == 0 ? -EBADF : proc_open();
        _cleanup_close_ int dir = root < 0 ? root : proc_open_process(root, pid);
        if (dir < 0)
                return 0;
        int r = only_enomem(proc_comm_read(dir, &f->parent_comm));
        return r < 0 ? r : read_executable(dir, &f->parent_executable, &deleted);
}

/* Whether a line of passwd(5), NAME:PASSWORD:UID:..., is that of a user; and how long its name is.
 */
static bool is_user(const char *line, size_t n, uint64_t uid, size_t *ret_length)
{
        const char *name = memchr(line, ':', n);
        const char *password = name ? memchr(name + 1, ':', n - (size_t)(name + 1 - line)) : NULL;
        uint64_t number;

        if (!password)
                return false;
        struct rest r = REST_OF(password + 1, n - (size_t)(password + 1 - line));
        *ret_length = (size_t)(name - line);
        return rest_take_number(&r, 10, &number) && rest_take_text(&r, ":") && number == uid;
}

/* The file itself, without NSS: a directory service may be just what the broken network hides. */
static int read_user(struct process_facts *f)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        size_t n, length;
        const char *line;

        int r = line_reader_open(&lines, AT_FDCWD, "/etc/passwd");
        while (r >= 0 && (r = line_reader_next(&lines, &line, &n)) > 0)
                if (is_user(line, n, f->uid, &length)) {
                        f->user = text_escape(line, length);
                        return f->user ? 0 : -ENOMEM;
                }
        return only_enomem(r);
}

static int read_status(int dir, struct process_facts *f)
{
        struct proc_status status;

        int r = proc_status_read(dir, &status);
        if (r < 0)
                return only_enomem(r);
        f->threads = status.threads;
        f->n_pids = status.n_pids;
        memcpy(f->pids, status.pids, sizeof(f->pids));
        f->has_uid = status.has_uid;
        f->uid = status.uid;
        return f->has_uid ? read_user(f) : 0;
}

static void read_start(uint64_t start_ticks, struct process_facts *f)
{
        long ticks_per_second = sysconf(_SC_CLK_TCK);

        if (ticks_per_second <= 0)
                return;
        /* Field 22 of stat counts from boot, time asleep included (proc_pid_stat(5)). */
        uint64_t boot_usec = clock_usec(CLOCK_REALTIME) - clock_usec(CLOCK_BOOTTIME);
        f->start_usec = boot_usec + start_ticks * (USEC_PER_SEC / (uint64_t)ticks_per_second);
}

/* The file is mapped and was executed, but opening and reading it may still ask the server that it
 * comes from: one of a file system that has a server is left alone. */
static void read_is_go(int dir, struct process_facts *f)
{
        _cleanup_close_ int fd = mount_guard_open(dir, "exe");

        f->go = fd >= 0 && go_binary_detect(fd);
}

/* A unit's name is printable, and is shown as systemd shows it: its \xNN are part of it. */
static int set_unit(const char *name, char **ret)
{
        if (!unit_name_is_valid(name))
                return escape_into(name, ret);
        free(*ret);
        *ret = strdup(name);
        return *ret ? 0 : -ENOMEM;
}

/* No unit, no hierarchy of control groups, or no process any more. */
static bool is_without_unit(int r)
{
        return r == -ENODATA || r == -ENXIO || r == -ENOMEDIUM || proc_error_is_gone(r);
}

static int read_units(pid_t pid, struct process_facts *f)
{
        static const struct {
                int (*get)(pid_t pid, char **ret);
                size_t offset;
        } names[] = {
                {sd_pid_get_unit, offsetof(struct process_facts, unit)},
                {sd_pid_get_user_unit, offsetof(struct process_facts, user_unit)},
                {sd_pid_get_slice, offsetof(struct process_facts, slice)},
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_free_ char *name = NULL;
                char **field = (char **)(void *)((char *)f + names[i].offset);
                int r = names[i].get(pid, &name);

                if (r >= 0)
                        r = set_unit(name, field);
                if (r == -ENOMEM)
                        return r;
                f->unit_unknown |= r < 0 && !is_without_unit(r);
        }
        f->has_owner = sd_pid_get_owner_uid(pid, &f->owner) >= 0;
        return 0;
}

static int read_cgroup(int dir, struct process_facts *f)
{
        _cleanup_free_ char *text = NULL;
        struct proc_cgroup cgroup;

        int r = proc_cgroup_read(dir, &text, &cgroup);
        if (r < 0)
                return only_enomem(r);
        if (!cgroup.path)
                return 0;
        r = escape_into(cgroup.path, &f->cgroup);
        if (r < 0)
                return r;
        r = container_from_cgroup(cgroup.path, cgroup_proved(&cgroup), &f->container);
        f->in_container = r > 0;
        return only_enomem(r);
}

static int read_command_line(int dir, struct process_facts *f)
{
        _cleanup_close_ int fd = openat(dir, "cmdline", O_RDONLY | O_CLOEXEC);
        char text[COMMAND_LINE_MAX];
        ssize_t n;

        if (fd < 0)
                return 0;
        n = read(fd, text, sizeof(text));
        if (n <= 0)
                return 0;
        /* Each argument ends with a NUL; a process that writes its own title may leave many. */
        size_t length = (size_t)n;
        while (length > 0 && text[length - 1] == '\0')
                length--;
        if (length == 0)
                return 0;
        f->command_line = process_parse_command_line(text, length);
        return f->command_line ? 0 : -ENOMEM;
}

static int read_environment(int dir, struct process_facts *f)
{
        _cleanup_free_ char *text = NULL;
        size_t n;
        int r;

        r = file_read_at(dir, "environ", FILE_MAX, &text, &n);
        if (r < 0)
                return only_enomem(r);
        r = container_from_environment(text, n, &f->container);
        f->in_container = r > 0;
        return only_enomem(r);
}

static int read_all(int dir, const struct process *process, unsigned flags, struct process_facts *f)
{
        struct proc_stat stat;

        read_start(process->start_ticks, f);
        int r = only_enomem(proc_comm_read(dir, &f->comm));
        if (r >= 0 && proc_stat_read(dir, &stat) >= 0)
                r = read_parent(stat.parent, f);
        if (r >= 0)
                r = read_status(dir, f);
        if (r >= 0)
                r = read_cgroup(dir, f);
        if (r >= 0)
                r = read_units(process->pid, f);
        if (r >= 0)
                r = read_executable(dir, &f->executable, &f->deleted);
        f->root_owned = is_roots(dir);
        if (r < 0 || !(flags & PROCESS_FACTS_MAY_HANG))
                return r;
        read_is_go(dir, f);
        r = read_command_line(dir, f);
        if (r >= 0 && !f->in_container)
                r = read_environment(dir, f);
        return r;
}

int process_facts_read(const struct process *process, unsigned flags, struct process_facts **ret)
{
        _cleanup_(process_facts_freep) struct process_facts *f = calloc(1, sizeof(*f));
        int r;

        if (!f)
                return -ENOMEM;
        f->pid = process->pid;
        _cleanup_close_ int dir = process_open_dir(process);
        if (dir < 0) {
                f->gone = dir == -ESRCH;
                f->unit_unknown = true;
                f->comm = process->comm ? strdup(process->comm) : NULL;
                if (process->comm && !f->comm)
                        return -ENOMEM;
        } else {
                r = read_all(dir, process, flags, f);
                if (r < 0)
                        return r;
                /* The numbers given to sd_pid_get_*() were this process's only if it still runs. */
                f->gone = proc_open_lives(dir) == 0;
        }
        *ret = TAKE_PTR(f);
        return 0;
}
