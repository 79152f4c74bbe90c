/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-text.h"

#include <stdarg.h>
#include <time.h>

#include "nsorphanctl/ago.h"
#include "nsorphanctl/fold.h"
#include "util/text.h"

void explain_text_heading(FILE *f, const struct explain *e, const char *text)
{
        fprintf(f, "\n%s%s%s\n", e->bold ? "\033[1m" : "", text, e->bold ? "\033[0m" : "");
}

void explain_text_time(FILE *f, const struct explain *e, uint64_t usec)
{
        time_t seconds = (time_t)(usec / USEC_PER_SEC);
        char when[64] = "", ago[AGO_MAX];
        struct tm tm;

        if (localtime_r(&seconds, &tm))
                (void)strftime(when, sizeof(when), "%F %T %Z", &tm);
        fprintf(f, "%s (%s)", when, ago_format(ago, usec, e->now_usec));
}

void explain_text_process(FILE *f, const struct process_facts *p)
{
        fprintf(f, "%s (pid %d)", text_or(p->comm, "a process without a name"), (int)p->pid);
}

void explain_text_command(FILE *f, const struct explain *e, int indent, const char *format, ...)
{
        va_list ap;

        fprintf(f, "%s%*s", e->folded ? FOLD_KEEP : "", indent, "");
        va_start(ap, format);
        (void)vfprintf(f, format, ap);
        va_end(ap);
        fputc('\n', f);
}
