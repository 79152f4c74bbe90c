/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-text.h"

#include <stdarg.h>

#include "nsorphanctl/fold.h"
#include "util/text.h"

void explain_text_heading(FILE *f, const struct explain *e, const char *text)
{
        fprintf(f, "\n%s%s%s\n", e->bold ? "\033[1m" : "", text, e->bold ? "\033[0m" : "");
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
