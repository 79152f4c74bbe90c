/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* No holder: a library to preload into the daemon, which kills it at one exact point of telling the
 * journal about one leak. KILL_AT is the point, KILL_COOKIE the namespace:
 *
 *      before-intent  after-intent    the state file that has the report is put in place
 *      before-send    after-send      the report goes to journald
 *      before-done    after-done      the state file that has it no more is put in place */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static bool sent;

static bool is_at(const char *point)
{
        const char *at = getenv("KILL_AT");

        return at && strcmp(at, point) == 0;
}

static void die_at(const char *point)
{
        if (is_at(point))
                kill(getpid(), SIGKILL);
}

/* Whether the state file at @path has a report on the namespace. */
static bool has_report(const char *path)
{
        static char text[16 << 20];
        char cookie[64];
        const char *reports, *line;
        ssize_t n;
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return false;
        n = read(fd, text, sizeof(text) - 1);
        close(fd);
        if (n <= 0)
                return false;
        text[n] = '\0';
        reports = strstr(text, "\"reports\":");
        if (!reports)
                return false;
        /* So many are the last lines of the file; before them come the entries of the ledger. */
        line = text + n - 1;
        for (long left = atol(reports + strlen("\"reports\":")); left > 0 && line > text; line--)
                left -= line[-1] == '\n';
        snprintf(cookie, sizeof(cookie), "\"cookie\":%s,", getenv("KILL_COOKIE"));
        return strstr(line, cookie);
}

EXPORT int rename(const char *from, const char *to)
{
        int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
        bool intent = !sent && has_report(from);
        int r;

        if (intent)
                die_at("before-intent");
        if (sent)
                die_at("before-done");
        r = real(from, to);
        if (intent)
                die_at("after-intent");
        if (sent)
                die_at("after-done");
        return r;
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
        ssize_t (*real)(int, const struct msghdr *, int) = dlsym(RTLD_NEXT, "sendmsg");
        char field[64];
        bool ours = false;
        ssize_t n;

        snprintf(field, sizeof(field), "NETNS_COOKIE=%s", getenv("KILL_COOKIE"));
        for (size_t i = 0; i < message->msg_iovlen; i++)
                ours |= message->msg_iov[i].iov_len == strlen(field) &&
                        memcmp(message->msg_iov[i].iov_base, field, strlen(field)) == 0;
        if (ours)
                die_at("before-send");
        n = real(fd, message, flags);
        if (ours) {
                die_at("after-send");
                sent = true;
        }
        return n;
}
