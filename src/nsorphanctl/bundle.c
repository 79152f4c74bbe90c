/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/bundle.h"

#include <string.h>

#include "nsorphanctl/bundle-census.h"
#include "nsorphanctl/bundle-daemon.h"
#include "nsorphanctl/bundle-host.h"
#include "nsorphanctl/netns-target.h"
#include "nsorphanctl/scan-compare.h"
#include "nsorphanctl/tar.h"
#include "util/text-file.h"
#include "util/text.h"

#define FOLDER "nsorphan-report/"

static const struct part {
        const char *name;
        const char *about;
        int (*print)(const struct bundle_facts *b, FILE *f, struct error *error);
        bool command_lines;
} parts[] = {
        {"versions", "the program, the kernel, the distribution", bundle_host_versions},
        {"kernel", "what of the kernel decides how it can be looked at", bundle_host_kernel},
        {"configuration", "all configuration files, in force or not", bundle_host_configuration},
        {"status.json", "what the daemon says of itself", bundle_daemon_status},
        {"list.json", "the namespaces that the daemon knows", bundle_daemon_list},
        {"journal.json", "the last entries of the daemon, a line each", bundle_daemon_journal},
        {"census-bpf.json", "a scan by BPF", bundle_census_bpf},
        {"census-procfs.json", "a scan by procfs", bundle_census_procfs},
        {"comparison.json", "what the two disagree in, and nothing explains",
         bundle_census_comparison},
        {"command-lines", "those of the holders of orphans", bundle_census_command_lines, true},
};

static bool is_hex(char c)
{
        return text_hex_digit(c) >= 0 || (c >= 'A' && c <= 'F');
}

void bundle_hide_addresses(char *text, size_t n)
{
        for (size_t i = 0, length; i < n; i += MAX(length, 1U)) {
                for (length = 0; i + length < n && is_hex(text[i + length]); length++)
                        ;
                if (length == 16 && strncasecmp(text + i, "ffff", 4) == 0)
                        memset(text + i, 'x', length);
        }
}

static bool is_wanted(const struct part *part, const struct options *options)
{
        return !part->command_lines || options->command_lines;
}

static int print_readme(const struct options *options, FILE *f)
{
        fputs("What `nsorphanctl report` knows of this host, for those who look for a fault:\n\n",
              f);
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
                if (is_wanted(&parts[i], options))
                        fprintf(f, "%-20s %s\n", parts[i].name, parts[i].about);
        fprintf(f,
                "\nCommand lines of processes are %s. Addresses of the kernel are replaced by x.\n"
                "Names of processes, units and containers, paths of sockets and mounts, and user\n"
                "ids are in it. Look through it before you give it to others.\n",
                options->command_lines ? "in it, as was asked for" : "not in it");
        return 0;
}

/* One file of the archive: what @part prints, or why it does not; NULL is the one that says what is
 * there. */
static int add_part(struct tar *t, const struct part *part, const struct bundle_facts *b)
{
        struct text_buffer buffer;
        struct error error = {};
        char name[100];
        size_t n = 0;

        FILE *f = text_file_open(&buffer);
        if (!f)
                return -ENOMEM;
        int r = part ? part->print(b, f, &error) : print_readme(b->options, f);
        if (r < 0)
                fprintf(f, "Not there: %s\n", *error.text ? error.text : strerror(-r));
        _cleanup_free_ char *text = text_file_close(f, &buffer, &n);
        if (!text)
                return -ENOMEM;
        bundle_hide_addresses(text, n);
        (void)snprintf(name, sizeof(name), FOLDER "%s", part ? part->name : "README");
        return tar_add(t, name, text, n);
}

static void bundle_deinit(struct bundle_facts *b)
{
        census_free(b->bpf);
        census_free(b->procfs);
        compare_free(b->comparison);
}

/* Both, and where BPF cannot be used, what there is. */
static void take_censuses(struct bundle_facts *b)
{
        int r = scan_compare_look(b->options, &b->bpf, &b->procfs, &b->comparison, &b->no_bpf);

        if (r < 0 && !b->procfs)
                (void)netns_target_census(b->options, SCAN_SOURCE_PROCFS, false, &b->procfs,
                                          &b->no_procfs);
}

int bundle_write(const char *path, const struct options *options, struct error *error)
{
        _cleanup_(bundle_deinit) struct bundle_facts b = {.options = options};
        _cleanup_(tar_deinit) struct tar t = TAR_NULL;

        int r = tar_create(&t, path, error);
        if (r < 0)
                return r;
        take_censuses(&b);
        r = add_part(&t, NULL, &b);
        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(parts); i++)
                if (is_wanted(&parts[i], options))
                        r = add_part(&t, &parts[i], &b);
        if (r >= 0)
                r = tar_finish(&t);
        if (r < 0)
                return error_set_errno(error, -r, "Failed to write %s", path);
        return 0;
}
