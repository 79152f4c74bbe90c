/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/release-guard.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "inspect/advice.h"
#include "proc/dents.h"
#include "proc/fdinfo.h"
#include "util/file.h"
#include "util/line-reader.h"

int release_guard_thread(const struct proc_status *status, struct error *error)
{
        if (status->tracer > 0)
                return error_set(error, EPERM, "is traced by another process (pid %d)",
                                 (int)status->tracer);
        if (status->state == 'T' || status->state == 't')
                return error_set(error, EPERM, "is stopped");
        if (status->seccomp != 0)
                return error_set(
                        error, EPERM,
                        "has a filter for its system calls (seccomp), which may end it for "
                        "one that it does not expect");
        if (status->has_shadow_stack)
                return error_set(error, EPERM, "has a shadow stack, which is not supported");
        return 0;
}

/* Whether the kernel has given the program the words of this architecture (ELF's auxiliary vector,
 * getauxval(3)): one of 32 bits has two in each. */
static int check_architecture(int process_fd, struct error *error)
{
        _cleanup_free_ char *text = NULL;
        unsigned long pair[2];
        size_t n;

        int r = file_read_at(process_fd, "auxv", 65536, &text, &n);
        if (r < 0)
                return error_set_errno(error, -r, "failed to read what program it is");
        for (size_t at = 0; at + sizeof(pair) <= n; at += sizeof(pair)) {
                memcpy(pair, text + at, sizeof(pair));
                if (pair[0] == AT_PAGESZ && pair[1] == (unsigned long)sysconf(_SC_PAGESIZE))
                        return 0;
        }
        return error_set(error, EPERM, "is a program of another architecture (32 bits)");
}

int release_guard_process(const struct process *p, int process_fd, struct error *error)
{
        _cleanup_(process_facts_freep) struct process_facts *facts = NULL;

        int r = process_facts_read(p, 0, &facts);
        if (r < 0)
                return error_oom(error);
        if (facts->gone)
                return error_set(error, ESRCH, "has ended");
        const char *vital = advice_vital(facts);
        if (vital)
                return error_set(error, EPERM, "%s", vital);
        return check_architecture(process_fd, error);
}

int release_guard_open_failed(int errnum, struct error *error)
{
        return errnum == ENOENT || errnum == ESRCH
                       ? error_set(error, ESRCH, "has ended")
                       : error_set_errno(error, errnum, "failed to open its directory in /proc");
}

/* What the link says is a hint, but paths begin with a slash. 1, 0, or a negative errno. */
static int is_epoll(int dir_fd, const char *name)
{
        static const char wanted[] = "anon_inode:[eventpoll]";
        char text[sizeof(wanted)];
        ssize_t n = readlinkat(dir_fd, name, text, sizeof(text));

        if (n < 0)
                return errno == ENOENT ? 0 : negative_errno();
        return n == sizeof(wanted) - 1 && memcmp(text, wanted, sizeof(wanted) - 1) == 0;
}

/* 1, 0, or a negative errno. */
static int has_file(int task_fd, uint64_t epoll, int fd, uint64_t inode)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        struct fdinfo_epoll item;
        const char *line;
        char path[48];
        size_t n;

        (void)snprintf(path, sizeof(path), "fdinfo/%u", (unsigned)epoll);
        int r = line_reader_open(&lines, task_fd, path);
        while (r >= 0 && (r = line_reader_next(&lines, &line, &n)) > 0)
                if (proc_fdinfo_epoll(line, n, &item) &&
                    (item.fd == (uint64_t)fd || (inode && item.inode == inode)))
                        return 1;
        return r == -ENOENT ? 0 : r;
}

static int check_epolls(int task_fd, int fd, uint64_t inode, struct error *error)
{
        _cleanup_close_ int dir = openat(task_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_free_ char *buffer = malloc(DENTS_BUFFER_SIZE);
        const char *name;
        uint64_t number;
        int r = 0, entry;

        if (!buffer)
                return error_oom(error);
        if (dir < 0)
                return error_set_errno(error, errno, "failed to list its files");
        struct dents dents = DENTS_INIT(dir, buffer, DENTS_BUFFER_SIZE);
        while (r == 0 && (entry = dents_next(&dents, &number, &name)) != 0) {
                r = entry < 0 ? entry : is_epoll(dir, name);
                if (r > 0)
                        r = has_file(task_fd, number, fd, inode);
        }
        if (r > 0)
                return error_set(error, EBUSY, "waits for that file by epoll");
        return r < 0 ? error_set_errno(error, -r, "failed to read what it waits for") : 0;
}

int release_guard_file(int process_fd, pid_t tid, int fd, int file, struct error *error)
{
        int listens = 0;
        socklen_t n = sizeof(listens);
        char path[32];
        struct stat st;

        if (fstat(file, &st) < 0)
                return error_set_errno(error, errno, "failed to look at its file");
        if (S_ISSOCK(st.st_mode) &&
            getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 && listens)
                return error_set(error, EPERM, "has a socket there that listens");
        (void)snprintf(path, sizeof(path), "task/%d", (int)tid);
        _cleanup_close_ int task = openat(process_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (task < 0)
                return release_guard_open_failed(errno, error);
        return check_epolls(task, fd, S_ISSOCK(st.st_mode) ? st.st_ino : 0, error);
}

const char *release_guard_kind(const struct holder *h)
{
        switch (h->kind) {
        case HOLDER_SOCKET:
        case HOLDER_NSFS_FD:
                return h->fd < 0 ? "has it by no descriptor that is known" : NULL;
        case HOLDER_TASK:
                return "is in the namespace";
        case HOLDER_NSFS_MOUNT:
                return "has it mounted; see nsorphanctl unpin";
        case HOLDER_SOCKET_MAPPING:
                return "has it mapped: only the program itself can unmap it, or end";
        case HOLDER_IO_URING_FILE:
        case HOLDER_IO_URING_REQUEST:
                return "has it registered in an io_uring: only the program itself can take it out, "
                       "close the ring, or end";
        case HOLDER_SOCKET_IN_FLIGHT:
                return "has it in a queue: it goes when the message is received, or the queue's "
                       "sockets are closed";
        case HOLDER_SOCKET_BACKLOG:
                return "has not accepted it yet: it goes when the program does, or stops listening";
        case HOLDER_SOCKET_CLOSING:
                return "has closed it already: it goes when its data is sent, or given up";
        case HOLDER_UNEXPLAINED:
                return "is not known";
        default:
                return "has neither a socket nor a namespace file there: only those are replaced";
        }
}
