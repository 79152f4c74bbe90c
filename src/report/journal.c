/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where in our source an entry was sent from tells nobody anything. */
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "report/journal.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <systemd/sd-journal.h>

#include "proc/open.h"
#include "util/clock.h"
#include "util/macro.h"

/* sd_journal_sendv() says nothing when journald is not there, and waits while its queue is full: so
 * look first, with a socket of our own. (A queue that fills up in between makes us wait until
 * journald goes on, which it does, or the watchdog ends us: nothing is lost then either.) */
static int journal_ready(void)
{
        static const struct sockaddr_un address = {AF_UNIX, JOURNAL_SOCKET};
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct pollfd p;

        if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return negative_errno();
        p = (struct pollfd){.fd = fd, .events = POLLOUT};
        if (poll(&p, 1, 0) < 0)
                return negative_errno();
        return p.revents & POLLOUT ? 0 : -EAGAIN;
}

int journal_send(const struct message *m)
{
        _cleanup_free_ struct iovec *iov = calloc(m->n + 1, sizeof(*iov));
        int r;

        if (!iov)
                return -ENOMEM;
        r = journal_ready();
        if (r < 0)
                return r;
        for (size_t i = 0; i < m->n; i++)
                iov[i] = (struct iovec){m->fields[i], strlen(m->fields[i])};
        return sd_journal_sendv(iov, (int)m->n);
}

/* A pid alone may be another process's by now. */
static enum message_object holder_object(const struct holder *h)
{
        _cleanup_close_ int root = h->pid <= 0 ? -EBADF : proc_open();
        _cleanup_close_ int dir =
                root < 0 ? root : proc_open_started(root, h->pid, holder_start_ticks(h));
        return dir < 0 ? MESSAGE_OBJECT_GONE : MESSAGE_OBJECT_ALIVE;
}

int journal_send_report(const struct report *r)
{
        _cleanup_(message_deinit) struct message m = {};
        int e = message_make(&m, r, holder_object(&r->holder));

        return e < 0 ? e : journal_send(&m);
}

/* 1 when @j has an entry with this id, else 0, or a negative errno. */
static int journal_find(sd_journal *j, sd_id128_t id)
{
        char match[sizeof("NETNS_REPORT_ID=") + SD_ID128_STRING_MAX], text[SD_ID128_STRING_MAX];
        int r;

        (void)snprintf(match, sizeof(match), "NETNS_REPORT_ID=%s", sd_id128_to_string(id, text));
        sd_journal_flush_matches(j);
        r = sd_journal_add_match(j, match, 0);
        if (r >= 0)
                r = sd_journal_seek_head(j);
        return r < 0 ? r : sd_journal_next(j);
}

int journal_recall(sd_id128_t marker, uint64_t wait_usec, const sd_id128_t *ids, size_t n_ids,
                   bool *ret_found)
{
        _cleanup_(sd_journal_closep) sd_journal *j = NULL;
        uint64_t end = clock_usec(CLOCK_BOOTTIME) + wait_usec, now;
        int r = sd_journal_open(&j, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);

        if (r < 0)
                return r;
        while ((r = journal_find(j, marker)) == 0) {
                now = clock_usec(CLOCK_BOOTTIME);
                if (now >= end)
                        return 0;
                r = sd_journal_wait(j, end - now);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < n_ids && r >= 0; i++) {
                r = journal_find(j, ids[i]);
                ret_found[i] = r > 0;
        }
        return r < 0 ? r : 1;
}
