/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/message.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "census/socket-name.h"
#include "report/birth-text.h"
#include "report/message-ids.h"
#include "report/message-text.h"
#include "util/array.h"

static const struct {
        int priority;
        const char *id;
} kinds[_LEDGER_CHANGE_MAX] = {
#define X(kind, priority, id, subject) [LEDGER_CHANGE_##kind] = {LOG_##priority, id},
        MESSAGE_IDS(X)
#undef X
};

int message_priority(enum ledger_change_kind kind)
{
        return kinds[kind].priority;
}

const char *message_id(enum ledger_change_kind kind)
{
        return kinds[kind].id;
}

static _printf_(2, 3) int add(struct message *m, const char *format, ...)
{
        char **grown, *line;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&line, format, ap);
        va_end(ap);
        if (r < 0)
                return -ENOMEM;
        grown = array_grow(m->fields, m->n, sizeof(*grown));
        if (!grown) {
                free(line);
                return -ENOMEM;
        }
        m->fields = grown;
        m->fields[m->n++] = line;
        return 0;
}

/* Absent facts are absent fields. */
static int add_text(struct message *m, const char *field, const char *value)
{
        return value ? add(m, "%s=%s", field, value) : 0;
}

static int add_number(struct message *m, const char *field, uint64_t value)
{
        return value ? add(m, "%s=%" PRIu64, field, value) : 0;
}

/* "NAME=text", or the bare number where it has no name. */
static int add_named(struct message *m, const char *field, const char *name, int number)
{
        if (name)
                return add(m, "%s=%s", field, name);
        return number >= 0 ? add(m, "%s=%d", field, number) : 0;
}

/* @kinds_differ: of what it holds, that is no more than the first. */
static int add_holder(struct message *m, const struct holder *h, bool kinds_differ)
{
        int r;

        if (h->kind == HOLDER_NONE)
                return 0;
        if ((r = add_number(m, "NETNS_HOLDER_PID", (uint64_t)h->pid)) < 0 ||
            (h->tid != h->pid && (r = add_number(m, "NETNS_HOLDER_TID", (uint64_t)h->tid)) < 0) ||
            (r = add_text(m, "NETNS_HOLDER_COMM", holder_comm(h))) < 0 ||
            (r = add_text(m, "NETNS_HOLDER_UNIT", holder_unit(h))) < 0 ||
            (!kinds_differ &&
             (r = add_text(m, "NETNS_HOLDER_KIND", holder_kind_to_string(h->kind))) < 0) ||
            (h->fd >= 0 && (r = add(m, "NETNS_HOLDER_FD=%d", h->fd)) < 0) ||
            (r = add_number(m, "NETNS_HOLDER_SOCKET_INODE", h->socket_inode)) < 0 ||
            (r = add_text(m, "NETNS_HOLDER_PATH", h->path)) < 0 ||
            (r = add_text(m, "NETNS_HOLDER_DEVICE", h->device)) < 0 ||
            (r = add_number(m, "NETNS_HOLDER_HOME_INODE", h->home_inode)) < 0)
                return r;
        if (!h->socket_inode)
                return 0;
        if ((r = add_named(m, "NETNS_HOLDER_SOCKET_FAMILY", socket_name_family(h->family),
                           h->family)) < 0 ||
            (r = add_named(m, "NETNS_HOLDER_SOCKET_TYPE", socket_name_type(h->type), h->type)) < 0)
                return r;
        return add_named(m, "NETNS_HOLDER_SOCKET_PROTOCOL",
                         socket_name_protocol(h->family, h->protocol), h->protocol);
}

/* Who opened the socket, and where. */
static int add_birth(struct message *m, const struct birth *b)
{
        _cleanup_free_ char *stack = b && b->n_frames > 0 ? birth_text_stack(b) : NULL;
        int r;

        if (!b)
                return 0;
        if (b->n_frames > 0 && !stack)
                return -ENOMEM;
        if ((r = add_number(m, "NETNS_OPENER_PID", (uint64_t)b->pid)) < 0 ||
            (b->tid != b->pid && (r = add_number(m, "NETNS_OPENER_TID", (uint64_t)b->tid)) < 0) ||
            (r = add_text(m, "NETNS_OPENER_COMM", b->comm)) < 0 ||
            (r = add_text(m, "NETNS_OPENER_THREAD", b->thread)) < 0 ||
            (r = add_text(m, "NETNS_OPENER_UNIT", b->unit)) < 0 ||
            (b->uid != UID_UNKNOWN && (r = add(m, "NETNS_OPENER_UID=%" PRIu32, b->uid)) < 0) ||
            (r = add_number(m, "NETNS_OPENED_USEC", b->opened_usec)) < 0)
                return r;
        return add_text(m, "NETNS_OPENED_STACK", stack);
}

/* Whom it is charged to, and how many of what was held back. */
static int add_share(struct message *m, const struct report *r)
{
        int e;

        if ((e = add_text(m, "NETNS_SHARE", r->share)) < 0 ||
            (e = add_number(m, "NETNS_HELD_LEAKED", r->held_leaked)) < 0 ||
            (e = add_number(m, "NETNS_HELD_HOLDER_CHANGED", r->held_holder_changed)) < 0 ||
            (e = add_number(m, "NETNS_HELD_REMINDER", r->held_reminder)) < 0 ||
            (e = add_number(m, "NETNS_HELD_RESOLVED", r->held_resolved)) < 0)
                return e;
        return add_number(m, "NETNS_UNKEPT", r->unkept);
}

/* What the namespace is now, as far as the report knows. */
static const char *report_verdict(const struct report *r)
{
        int verdict = ledger_entry_verdict(r->finding, r->ending);

        return verdict < 0 ? NULL : netns_verdict_to_string((enum verdict)verdict);
}

/* The holder that a nameless namespace is known by. */
static int add_nameless(struct message *m, const struct nameless *n)
{
        int r = add_text(m, "NETNS_NAMELESS_KIND", holder_kind_to_string(n->kind));

        if (r >= 0)
                r = add_number(m, "NETNS_NAMELESS_PID", (uint64_t)n->pid);
        return r < 0 ? r : add_number(m, "NETNS_NAMELESS_FILE_INODE", n->file_inode);
}

static int add_history(struct message *m, const struct report *r)
{
        const struct history_facts *h = &r->history;
        int e;

        if ((e = add_text(m, "NETNS_HISTORY_MANAGER", h->manager)) < 0 ||
            (e = add_text(m, "NETNS_HISTORY_CONTAINER", h->container)) < 0 ||
            (e = add_text(m, "NETNS_HISTORY_CONTAINER_NAME", h->name)) < 0 ||
            (e = add_text(m, "NETNS_HISTORY_POD", h->pod)) < 0 ||
            (e = add_text(m, "NETNS_HISTORY_UNIT", h->unit)) < 0 ||
            (e = add_text(m, "NETNS_HISTORY_COMM", h->command)) < 0)
                return e;
        return add_number(m, "NETNS_LAST_TASK_USEC", r->last_task_usec);
}

static int add_identity(struct message *m, const struct netns_identity *id)
{
        char name[NETNS_NAME_MAX];
        int r;

        if ((r = add(m, "NETNS_NAME=%s", netns_identity_format(id, name))) < 0 ||
            (r = add_number(m, "NETNS_INODE", id->inode)) < 0 ||
            (r = add_number(m, "NETNS_COOKIE", id->cookie)) < 0)
                return r;
        return add_nameless(m, &id->nameless);
}

/* One, or all that are listed of several: a field may come more than once. */
static int add_identities(struct message *m, const struct report *r)
{
        uint64_t n = r->n_leaks > 1 ? r->n_leaks : r->n_leaks_all > 1;
        int e = add_identity(m, &r->netns);

        for (size_t i = 0; i < r->n_more && e >= 0; i++)
                e = add_identity(m, &r->more[i]);
        if (e >= 0)
                e = add_number(m, "NETNS_LEAKS", n);
        if (e >= 0)
                e = add_number(m, "NETNS_LEAKS_ALL", n > 0 ? MAX(n, r->n_leaks_all) : 0);
        return e < 0 ? e : add_number(m, "NETNS_LEAKS_SHARED", r->n_leaks_shared);
}

static int add_netns(struct message *m, const struct report *r)
{
        int e;

        if ((e = add_identities(m, r)) < 0 ||
            (e = add_text(m, "NETNS_VERDICT", report_verdict(r))) < 0 ||
            (e = add_text(m, "NETNS_ENDING", ledger_entry_ending_to_string(r->ending))) < 0 ||
            (e = add(m, "NETNS_AGE_USEC=%" PRIu64, r->age_usec)) < 0 ||
            (e = add_number(m, "NETNS_SINCE_USEC", r->since_usec)) < 0 ||
            (e = add_number(m, "NETNS_HOLDERS", r->n_holders)) < 0 ||
            (e = add_text(m, "NETNS_PARTIAL", r->partial_reason)) < 0 ||
            (e = add_text(m, "NETNS_INTERFACES", r->interfaces)) < 0 ||
            (e = add_text(m, "NETNS_ADDRESSES", r->addresses)) < 0 || (e = add_history(m, r)) < 0 ||
            (e = add_holder(m, &r->holder, r->kinds_differ)) < 0 ||
            (e = add_birth(m, r->holder.birth)) < 0 ||
            (e = add_number(m, "NETNS_FORMER_HOLDER_PID", (uint64_t)r->former.pid)) < 0 ||
            (e = add_text(m, "NETNS_FORMER_HOLDER_COMM", holder_comm(&r->former))) < 0)
                return e;
        return add_text(m, "NETNS_FORMER_HOLDER_UNIT", holder_unit(&r->former));
}

/* journald looks the process up itself, and then the entry shows in `journalctl -u UNIT`. Of a
 * process that is gone only the unit can be said, and only by us. */
static int add_object(struct message *m, const struct report *r, enum message_object object)
{
        if (object == MESSAGE_OBJECT_ALIVE)
                return add_number(m, "OBJECT_PID", (uint64_t)r->holder.pid);
        return add_text(m, "OBJECT_SYSTEMD_UNIT", holder_unit(&r->holder));
}

static int add_head(struct message *m, const char *id, int priority, sd_id128_t report)
{
        char text[SD_ID128_STRING_MAX];
        int r = add(m, "MESSAGE_ID=%s", id);

        if (r >= 0)
                r = add(m, "PRIORITY=%d", priority);
        if (r >= 0)
                r = add(m, "SYSLOG_IDENTIFIER=nsorphand");
        if (r >= 0)
                r = add(m, "NETNS_REPORT_ID=%s", sd_id128_to_string(report, text));
        return r;
}

int message_make(struct message *ret, const struct report *r, enum message_object object)
{
        _cleanup_free_ char *text = message_text(r);
        struct message m = {};
        int e = text ? add(&m, "MESSAGE=%s", text) : -ENOMEM;

        if (e >= 0)
                e = add_head(&m, message_id(r->kind), message_priority(r->kind), r->id);
        if (e >= 0)
                e = add(&m, "NETNS_CHANGE=%s", ledger_change_to_string(r->kind));
        if (e >= 0)
                e = add(&m, "NETNS_SEQUENCE=%" PRIu64, r->sequence);
        if (e >= 0)
                e = add_text(&m, "NETNS_DETAIL", r->detail);
        if (e >= 0)
                e = add_text(&m, "NETNS_GAPS", r->gaps);
        if (e >= 0)
                e = add_share(&m, r);
        if (e >= 0 && ledger_change_is_of_netns(r->kind)) {
                e = add_netns(&m, r);
                if (e >= 0)
                        e = add_object(&m, r, object);
        }
        if (e < 0)
                message_deinit(&m);
        *ret = m;
        return e;
}

int message_make_marker(struct message *ret, sd_id128_t id, size_t n_doubtful)
{
        struct message m = {};
        int r = add(&m,
                    "MESSAGE=nsorphand was interrupted while it reported; looking up which of %zu "
                    "report%s reached the journal",
                    n_doubtful, n_doubtful == 1 ? "" : "s");

        if (r >= 0)
                r = add_head(&m, MESSAGE_ID_INTERRUPTED, LOG_INFO, id);
        if (r < 0)
                message_deinit(&m);
        *ret = m;
        return r;
}

void message_deinit(struct message *m)
{
        for (size_t i = 0; i < m->n; i++)
                free(m->fields[i]);
        free(m->fields);
        *m = (struct message){};
}
