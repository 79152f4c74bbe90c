/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/history-text.h"

#include "inspect/container.h"
#include "util/text.h"

static void print_container(FILE *f, const struct history_facts *h)
{
        const struct container c = {
                .manager = h->manager, .name = h->container, .claimed = h->claimed};
        _cleanup_free_ char *text = container_text(&c, h->name);

        fputs(text_or(text, "a container"), f);
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
