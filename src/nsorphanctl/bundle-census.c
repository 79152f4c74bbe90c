/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/bundle-census.h"

#include <fcntl.h>
#include <string.h>

#include "report/json.h"
#include "util/file.h"
#include "util/number-set.h"
#include "util/text.h"

/* Longest command line that is of use. */
#define COMMAND_LINE_MAX (64 << 10)

static int print_json(json_t *value, FILE *f)
{
        if (!value || json_dumpf(value, f, JSON_INDENT(1)) < 0)
                return -ENOMEM;
        fputc('\n', f);
        return 0;
}

static int print_census(const struct census *census, const struct error *why, FILE *f,
                        struct error *error)
{
        if (!census)
                return error_set(error, ENODATA, "%s", why->text);
        json_auto_t *json = json_census(census);
        return print_json(json, f);
}

int bundle_census_bpf(const struct bundle_facts *b, FILE *f, struct error *error)
{
        return print_census(b->bpf, &b->no_bpf, f, error);
}

int bundle_census_procfs(const struct bundle_facts *b, FILE *f, struct error *error)
{
        return print_census(b->procfs, &b->no_procfs, f, error);
}

int bundle_census_comparison(const struct bundle_facts *b, FILE *f, struct error *error)
{
        if (!b->comparison)
                return error_set(error, ENODATA, "%s", b->no_bpf.text);
        json_auto_t *json = json_comparison(b->comparison);
        return print_json(json, f);
}

static int print_command_line(pid_t pid, FILE *f)
{
        _cleanup_free_ char *text = NULL, *shown = NULL;
        char path[64];
        size_t n = 0;

        (void)snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
        if (file_read_at(AT_FDCWD, path, COMMAND_LINE_MAX, &text, &n) < 0)
                return 0;
        for (size_t i = 0; i < n; i++)
                if (text[i] == '\0')
                        text[i] = ' ';
        shown = text_escape(text, n);
        if (!shown)
                return -ENOMEM;
        fprintf(f, "%d %s\n", pid, shown);
        return 0;
}

int bundle_census_command_lines(const struct bundle_facts *b, FILE *f, struct error *error)
{
        const struct census *census = b->bpf ? b->bpf : b->procfs;
        _cleanup_(number_set_freep) struct number_set *seen = number_set_new();
        int r = seen ? 0 : -ENOMEM;

        if (!census)
                return error_set(error, ENODATA, "%s", b->no_procfs.text);
        for (size_t i = 0; r >= 0 && i < census->n_namespaces; i++) {
                const struct netns *ns = &census->namespaces[i];
                if (ns->verdict != VERDICT_ORPHANED)
                        continue;
                for (size_t j = 0; r >= 0 && j < ns->n_holders; j++) {
                        pid_t pid = ns->holders[j].pid;
                        r = pid > 0 ? number_set_add(seen, (uint64_t)pid) : 0;
                        if (r > 0)
                                r = print_command_line(pid, f);
                }
        }
        return r;
}
