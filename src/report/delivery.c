/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/delivery.h"

#include <stdio.h>
#include <string.h>

#include "ledger/outbox.h"
#include "report/journal.h"
#include "report/message-text.h"

struct delivery {
        struct ledger *ledger;
        struct ledger_state_file *state; /* NULL: no state is kept */
        delivery_echo_fn echo;
        void *userdata;
        uint64_t echoed; /* sequence of the last report given to echo */

        /* Doubtful reports come first in the outbox: so many are left to look up. */
        size_t n_doubtful;
        sd_id128_t marker;         /* null: not written yet */
        uint64_t marker_boot_usec; /* when it was */

        bool queue_full;                     /* the journal's, at the last try */
        bool state_failing, journal_failing; /* told of, and not well since */
};

int delivery_new(struct delivery **ret, struct ledger *ledger, const char *state_path,
                 struct error *error)
{
        _cleanup_(delivery_freep) struct delivery *d = calloc(1, sizeof(*d));
        int r;

        if (!d)
                return error_oom(error);
        *d = (struct delivery){.ledger = ledger};
        if (state_path) {
                r = ledger_state_file_new(&d->state, state_path, error);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(d);
        return 0;
}

struct delivery *delivery_free(struct delivery *d)
{
        if (!d)
                return NULL;
        ledger_state_file_free(d->state);
        free(d);
        return NULL;
}

void delivery_set_echo(struct delivery *d, delivery_echo_fn echo, void *userdata)
{
        d->echo = echo;
        d->userdata = userdata;
}

/* Keeps the first sentence of a row of failures, and appends when there are two kinds. */
static void complain(struct error *error, bool *failing, const char *sentence)
{
        if (*failing)
                return;
        *failing = true;
        if (error) {
                size_t n = strlen(error->text);
                (void)snprintf(error->text + n, sizeof(error->text) - n, "%s%s", n ? "; " : "",
                               sentence);
        }
}

/* Whether all there is has been saved. */
static bool save(struct delivery *d, struct error *error)
{
        struct error why;
        int r;

        if (!d->state)
                return true;
        r = ledger_state_save(d->state, d->ledger, &why);
        if (r == LEDGER_STATE_SAVING && ledger_state_saving_usec(d->state) >= DELIVERY_SAVE_USEC) {
                r = -ETIMEDOUT;
                error_set_errno(&why, r, "Failed to write the state file");
        }
        if (r < 0)
                complain(error, &d->state_failing, why.text);
        else if (r == LEDGER_STATE_SAVED)
                d->state_failing = false;
        return r == LEDGER_STATE_SAVED;
}

/* How many reports, from the first on, may be sent: those that the state file has. Where it cannot
 * be written, all: an alert that may be repeated is better than none. */
static size_t count_saved(const struct delivery *d, const struct outbox *outbox)
{
        size_t n = outbox->n;

        if (d->state && !d->state_failing)
                while (n > 0 &&
                       outbox->reports[n - 1]->sequence > ledger_state_saved_sequence(d->state))
                        n--;
        return n;
}

static int send_marker(struct delivery *d)
{
        _cleanup_(message_deinit) struct message m = {};
        sd_id128_t id;
        int r = sd_id128_randomize(&id);

        if (r >= 0)
                r = message_make_marker(&m, id, d->n_doubtful);
        if (r >= 0)
                r = journal_send(&m);
        if (r < 0)
                return r;
        d->marker = id;
        d->marker_boot_usec = ledger_time_now().boottime_usec;
        return 0;
}

/* Takes the doubtful reports that the journal has out of the outbox. 1 when that is done, 0 when
 * the marker has not appeared, or a negative errno when the journal cannot be read. */
static int drop_sent(struct delivery *d, uint64_t wait_usec)
{
        const struct outbox *outbox = ledger_outbox(d->ledger);
        _cleanup_free_ sd_id128_t *ids = calloc(d->n_doubtful, sizeof(*ids));
        _cleanup_free_ bool *found = calloc(d->n_doubtful, sizeof(*found));
        int r;

        if (!ids || !found)
                return -ENOMEM;
        for (size_t i = 0; i < d->n_doubtful; i++)
                ids[i] = outbox->reports[i]->id;
        r = journal_recall(d->marker, wait_usec, ids, d->n_doubtful, found);
        if (r <= 0)
                return r;
        for (size_t i = d->n_doubtful; i-- > 0;)
                if (found[i])
                        ledger_reports_sent(d->ledger, i, 1);
        return 1;
}

/* Settles which of the doubtful reports were sent. 1 when that is done (nothing is doubtful any
 * more), 0 when the marker has not appeared yet, or a negative errno when the journal is away. */
static int settle(struct delivery *d, uint64_t wait_usec, struct error *error)
{
        bool once = false;
        int r;

        if (d->n_doubtful == 0)
                return 1;
        if (sd_id128_is_null(d->marker)) {
                r = send_marker(d);
                if (r < 0)
                        return r;
        }
        r = drop_sent(d, wait_usec);
        if (r == 0) {
                if (ledger_time_now().boottime_usec < d->marker_boot_usec + DELIVERY_MARKER_USEC)
                        return 0;
                r = -ETIMEDOUT;
        }
        if (r < 0) {
                struct error why;
                error_set_errno(&why, r,
                                "Failed to read the journal back, so up to %zu reports may "
                                "appear in it twice (with the same NETNS_REPORT_ID)",
                                d->n_doubtful);
                complain(error, &once, why.text);
        }
        d->n_doubtful = 0;
        return 1;
}

int delivery_start(struct delivery *d, struct error *error)
{
        int found = LEDGER_STATE_ABSENT;

        if (error)
                error->text[0] = '\0';
        if (d->state)
                found = ledger_state_load(d->state, d->ledger, error);
        if (found < 0)
                return found;
        d->echoed = ledger_sequence(d->ledger);
        d->n_doubtful = ledger_outbox(d->ledger)->n;
        if (settle(d, DELIVERY_MARKER_USEC, error) > 0)
                (void)save(d, error);
        return found;
}

static void echo(struct delivery *d, const struct outbox *outbox)
{
        for (size_t i = 0; i < outbox->n; i++) {
                const struct report *r = outbox->reports[i];
                if (r->sequence <= d->echoed)
                        continue;
                d->echoed = r->sequence;
                if (d->echo) {
                        _cleanup_free_ char *text = message_text(r);
                        if (text)
                                d->echo(message_priority(r->kind), text, d->userdata);
                }
        }
}

int delivery_run(struct delivery *d, struct error *error)
{
        const struct outbox *outbox = ledger_outbox(d->ledger);
        size_t n = 0;
        int r;

        if (error)
                error->text[0] = '\0';
        /* First the intent, then the deed, then that it is done. */
        bool saved = save(d, error);
        echo(d, outbox);
        r = settle(d, 0, error);
        if (r == 0)
                return (int)outbox->n;
        size_t n_saved = count_saved(d, outbox);
        for (r = MIN(r, 0); r >= 0 && n < n_saved;) {
                r = journal_send_report(outbox->reports[n]);
                n += r >= 0;
        }
        /* A queue that is full for a moment is nothing to complain of. */
        if (r < 0 && (r != -EAGAIN || d->queue_full)) {
                struct error why;
                error_set_errno(&why, r, "Failed to write to the journal, %zu reports wait",
                                outbox->n - n);
                complain(error, &d->journal_failing, why.text);
        } else if (r >= 0)
                d->journal_failing = false;
        d->queue_full = r == -EAGAIN;
        if (n > 0) {
                ledger_reports_sent(d->ledger, 0, n);
                saved = save(d, error);
        }
        return outbox->n > 0 ? (int)outbox->n : !saved && d->state_failing;
}

int delivery_fd(const struct delivery *d)
{
        return d->state ? ledger_state_fd(d->state) : -EBADF;
}

void delivery_finish(struct delivery *d)
{
        struct error ignored;
        int r;

        if (!d->state)
                return;
        /* The save of what is to be sent, and that of its having been sent. */
        for (unsigned i = 0; i < 2; i++) {
                r = ledger_state_flush(d->state, d->ledger, DELIVERY_END_USEC / 2, &ignored);
                d->state_failing |= r != LEDGER_STATE_SAVED;
                if (ledger_outbox(d->ledger)->n == 0)
                        return;
                (void)delivery_run(d, &ignored);
        }
}
