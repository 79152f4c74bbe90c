/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/message-text.h"

#include <inttypes.h>
#include <stdio.h>

#include "census/socket-name.h"
#include "util/text.h"

/* "docker-proxy (pid 3530, docker.service)" */
static void print_process(FILE *f, const struct holder *h)
{
        const char *unit = holder_unit(h);

        if (h->pid == 0) {
                fputs("no process that could be seen", f);
                return;
        }
        fprintf(f, "%s (pid %d%s%s)", text_or(holder_comm(h), "a process"), (int)h->pid,
                unit ? ", " : "", text_or(unit, ""));
}

/* "netlink/route ", "unix/stream ", or nothing: a protocol without a name says less than the type.
 */
static void print_socket(FILE *f, const struct holder *h)
{
        const char *family = socket_name_family(h->family);
        const char *how = socket_name_protocol(h->family, h->protocol);

        if (!how)
                how = socket_name_type(h->type);
        if (family)
                fprintf(f, "%s%s%s ", family, how ? "/" : "", text_or(how, ""));
}

/* What the process holds the namespace through: words before and after what is known of it. */
static const struct {
        const char *before, *after;
} kind_words[_HOLDER_KIND_MAX] = {
        [HOLDER_TASK] = {"a task in it", ""},
        [HOLDER_NSFS_FD] = {"an open namespace file", ""},
        [HOLDER_NSFS_MOUNT] = {"a mount", ""},
        [HOLDER_NSFS_WATCH] = {"a watch on a namespace file", ""},
        [HOLDER_SOCKET] = {"its ", "socket"},
        [HOLDER_SOCKET_IN_FLIGHT] = {"a ", " in flight, in the queue of a unix socket"},
        [HOLDER_SOCKET_MAPPING] = {"a ", "socket that is mapped, its fd closed"},
        [HOLDER_SOCKET_BACKLOG] = {"a connection not accepted yet, a ", "socket"},
        [HOLDER_SOCKET_CLOSING] = {"a closed ", "socket that still sends"},
        [HOLDER_SOCKET_PEER] = {"the closed peer of its ", "socket"},
        [HOLDER_TUN] = {"an open /dev/net/tun", ""},
        [HOLDER_TAP] = {"an open /dev/tap", ""},
        [HOLDER_VHOST] = {"an open vhost device", ""},
        [HOLDER_IO_URING_FILE] = {"a ", "file registered with io_uring, its fd closed"},
        [HOLDER_IO_URING_REQUEST] = {"a ", "file that an io_uring request waits for"},
        [HOLDER_PROC_NET_FILE] = {"the open file ", ""},
        [HOLDER_FS_CONTEXT] = {"a file system context (fsopen)", ""},
        [HOLDER_BPF_ITERATOR] = {"an open BPF iterator", ""},
        [HOLDER_BPF_LINK] = {"a BPF netfilter link", ""},
        [HOLDER_KERNEL_MOUNT] = {"the mounted file system ", ""},
        [HOLDER_UNEXPLAINED] = {"a reference that is found nowhere", ""},
};

static void print_holder(FILE *f, const struct holder *h)
{
        print_process(f, h);
        if (h->kind == HOLDER_NONE)
                return;
        fprintf(f, " through %s", kind_words[h->kind].before);
        print_socket(f, h);
        if (h->kind == HOLDER_SOCKET_IN_FLIGHT)
                fputs(h->carried == HOLDER_TUN ? "tun file" : "socket", f);
        fputs(kind_words[h->kind].after, f);
        if (h->path)
                fputs(h->path, f);
        if (h->device)
                fprintf(f, " (%s)", h->device);
        if (h->fd >= 0)
                fprintf(f, ", fd %d", h->fd);
        if (h->tid != h->pid)
                fprintf(f, " of thread %d", (int)h->tid);
}

/* What somebody may have seen on the wire. */
static void print_inside(FILE *f, const struct report *r)
{
        if (r->interfaces)
                fprintf(f, "; inside: %s%s%s", r->interfaces, r->addresses ? " with " : "",
                        text_or(r->addresses, ""));
}

static void print_others(FILE *f, const struct report *r)
{
        if (r->n_holders > 1)
                fprintf(f, ", and %" PRIu64 " more holder%s", r->n_holders - 1,
                        r->n_holders > 2 ? "s" : "");
        if (r->partial_reason)
                fprintf(f, " (partial view: %s)", r->partial_reason);
}

/* One function a kind; each gets the name of the namespace and how long it has been orphaned. */
typedef void (*sentence_fn)(FILE *f, const struct report *r, const char *name, const char *age);

static void leaked(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f, "Network namespace %s has leaked: orphaned for %s, held by ", name, age);
        print_holder(f, &r->holder);
        print_others(f, r);
        print_inside(f, r);
}

static void reminder(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f, "Network namespace %s is still leaked: orphaned for %s, held by ", name, age);
        print_holder(f, &r->holder);
        print_others(f, r);
        print_inside(f, r);
}

static void holder_changed(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f, "Network namespace %s is still leaked, now held by ", name);
        print_holder(f, &r->holder);
        print_others(f, r);
        fputs("; ", f);
        print_process(f, &r->former);
        fputs(" holds it no more", f);
}

static const char *const endings[_LEDGER_ENDING_MAX] = {
        [LEDGER_ENDING_NONE] = "it has ended",
        [LEDGER_ENDING_ATTACHED] = "a task is in it again",
        [LEDGER_ENDING_PINNED] = "a namespace file or mount leads to it again",
        [LEDGER_ENDING_GONE] = "it is gone, nothing holds it any more",
};

static void resolved(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f, "Leaked network namespace %s is resolved after %s: %s", name, age,
                endings[r->ending]);
        if (r->holder.pid) {
                fputs("; it was held by ", f);
                print_process(f, &r->holder);
        }
}

static void held_back(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f,
                "Many changes of leaked network namespaces at once: %s; `nsorphanctl list` shows "
                "them all",
                text_or(r->detail, ""));
}

static void coverage_degraded(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f, "Not everything on this host can be seen, so verdicts may be partial: %s",
                text_or(r->detail, "the reason is not known"));
}

static void coverage_restored(FILE *f, const struct report *r, const char *name, const char *age)
{
        fputs("Everything on this host can be seen again", f);
}

static void teardown_stuck(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f,
                "The kernel has not torn down, for over a minute: %s; look for "
                "`unregister_netdevice: waiting for` in the kernel log",
                text_or(r->detail, "some network namespaces"));
}

static void scan_failed(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f,
                "A scan for orphaned network namespaces has failed, what was known stays as it "
                "was: %s",
                text_or(r->detail, "the reason is not known"));
}

static void scan_recovered(FILE *f, const struct report *r, const char *name, const char *age)
{
        fputs("Scans for orphaned network namespaces work again", f);
}

static void scan_overran(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f, "Scanning for orphaned network namespaces takes too long: %s",
                text_or(r->detail, "longer than the interval"));
}

static const sentence_fn sentences[_LEDGER_CHANGE_MAX] = {
        [LEDGER_CHANGE_LEAKED] = leaked,
        [LEDGER_CHANGE_REMINDER] = reminder,
        [LEDGER_CHANGE_HOLDER_CHANGED] = holder_changed,
        [LEDGER_CHANGE_RESOLVED] = resolved,
        [LEDGER_CHANGE_HELD_BACK] = held_back,
        [LEDGER_CHANGE_COVERAGE_DEGRADED] = coverage_degraded,
        [LEDGER_CHANGE_COVERAGE_RESTORED] = coverage_restored,
        [LEDGER_CHANGE_TEARDOWN_STUCK] = teardown_stuck,
        [LEDGER_CHANGE_SCAN_FAILED] = scan_failed,
        [LEDGER_CHANGE_SCAN_RECOVERED] = scan_recovered,
        [LEDGER_CHANGE_SCAN_OVERRAN] = scan_overran,
};

char *message_text(const struct report *r)
{
        char name[NETNS_NAME_MAX], age[TEXT_TIMESPAN_MAX], *text = NULL;
        size_t size = 0;
        /* Nobody wants the milliseconds of an hour. */
        uint64_t usec = r->age_usec - r->age_usec % USEC_PER_SEC;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return NULL;
        sentences[r->kind](f, r, netns_identity_format(&r->netns, name),
                           usec ? text_format_timespan(age, usec) : "less than 1s");
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}
