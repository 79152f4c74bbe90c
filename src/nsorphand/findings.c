/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/findings.h"

#include <string.h>

#include "util/log.h"

static void set_error(struct findings *f, const char *sentence)
{
        free(f->scan_error);
        f->scan_error = sentence ? strdup(sentence) : NULL;
}

static void tell_source(const struct findings *f, const struct census *census)
{
        if (f->last && strcmp(f->last->census->source, census->source) == 0)
                return;
        if (census->not_bpf[0])
                log_notice("Failed to use BPF: %s, continuing with procfs", census->not_bpf);
        else
                log_info("Scans are by %s", census->source);
}

static void note_check(struct findings *f, const struct census_check *check, uint64_t realtime_usec)
{
        if (!check->made) {
                if (check->text[0])
                        log_warning("Failed to compare BPF with procfs: %s, continuing with BPF",
                                    check->text);
                return;
        }
        f->n_checks++;
        f->n_disagreements += check->disagreements;
        f->check_usec = realtime_usec;
        if (check->disagreements > 0)
                memcpy(f->disagreement, check->text, sizeof(f->disagreement));
}

void findings_take(struct findings *f, struct snapshot *snapshot, uint64_t realtime_usec)
{
        tell_source(f, snapshot->census);
        note_check(f, &snapshot->census->check, realtime_usec);
        snapshot_unref(f->last);
        f->last = snapshot;
        f->n_scans++;
        set_error(f, NULL);
}

void findings_failed(struct findings *f, const char *sentence)
{
        f->n_failed++;
        set_error(f, sentence);
}

void findings_deinit(struct findings *f)
{
        snapshot_unref(f->last);
        f->last = NULL;
        set_error(f, NULL);
}
