/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/history-text.h"

#include <string.h>

#include "util/text.h"

/* So much of an id engines themselves print. */
#define ID_SHOWN 12

static void print_container(FILE *f, const struct history_facts *h)
{
        fprintf(f, "%s container ", text_or(h->manager, "a"));
        /* An id is 64 digits; a name is shown whole. */
        if (strlen(h->container) == 64)
                fprintf(f, "%.*s", ID_SHOWN, h->container);
        else
                fputs(h->container, f);
        if (h->name)
                fprintf(f, " (%s)", h->name);
        if (h->claimed)
                fputs(", by its own account", f);
}

void history_text_print(FILE *f, const struct history_facts *h)
{
        if (h->container)
                print_container(f, h);
        else if (h->pod)
                fprintf(f, "pod %s", h->pod);
        else if (h->unit)
                fputs(h->unit, f);
        else
                fprintf(f, "the process %s", text_or(h->command, "without a name"));
}
