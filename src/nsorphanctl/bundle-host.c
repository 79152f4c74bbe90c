/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/bundle-host.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "config.h"
#include "util/file.h"

/* More than any of these files has. */
#define FILE_MAX (1 << 20)

/* Prints a small text file, or why not, under its name. */
static void print_file(const char *path, FILE *f)
{
        _cleanup_free_ char *text = NULL;
        size_t n = 0;

        int r = file_read_at(AT_FDCWD, path, FILE_MAX, &text, &n);
        if (r < 0)
                fprintf(f, "%s: %s\n", path, strerror(-r));
        else
                fprintf(f, "%s: %s%s", path, text, n > 0 && text[n - 1] == '\n' ? "" : "\n");
}

int bundle_host_versions(const struct bundle_facts *b, FILE *f, struct error *error)
{
        struct utsname host;

        fprintf(f, "nsorphanctl: " NSORPHAND_VERSION "\n");
        if (uname(&host) < 0)
                return negative_errno();
        fprintf(f, "kernel: %s %s %s\n", host.release, host.version, host.machine);
        print_file("/proc/version", f);
        print_file("/etc/os-release", f);
        print_file("/run/systemd/container", f);
        return 0;
}

int bundle_host_kernel(const struct bundle_facts *b, FILE *f, struct error *error)
{
        static const char *const files[] = {
                "/proc/self/status",
                "/proc/self/mountinfo",
                "/proc/self/cgroup",
                "/proc/loadavg",
                "/proc/meminfo",
                "/proc/uptime",
                "/proc/sys/kernel/kptr_restrict",
                "/proc/sys/kernel/perf_event_paranoid",
                "/proc/sys/kernel/unprivileged_bpf_disabled",
                "/proc/sys/kernel/yama/ptrace_scope",
                "/proc/sys/kernel/random/boot_id",
                "/proc/sys/kernel/tainted",
                "/proc/sys/net/core/bpf_jit_enable",
                "/proc/sys/user/max_net_namespaces",
                "/sys/kernel/security/lockdown",
                "/sys/kernel/security/lsm",
        };
        struct stat btf;

        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                print_file(files[i], f);
        if (stat("/sys/kernel/btf/vmlinux", &btf) == 0)
                fprintf(f, "/sys/kernel/btf/vmlinux: %jd bytes\n", (intmax_t)btf.st_size);
        else
                fprintf(f, "/sys/kernel/btf/vmlinux: %s\n", strerror(errno));
        return 0;
}

static void closedirp(DIR **d)
{
        if (*d)
                (void)closedir(*d);
}

static void print_drop_ins(const char *folder, FILE *f)
{
        _cleanup_(closedirp) DIR *d = opendir(folder);

        for (const struct dirent *entry; d && (entry = readdir(d));) {
                char path[PATH_MAX];
                int n = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
                if (entry->d_name[0] != '.' && n > 0 && (size_t)n < sizeof(path)) {
                        fputs("\n# ", f);
                        print_file(path, f);
                }
        }
}

int bundle_host_configuration(const struct bundle_facts *b, FILE *f, struct error *error)
{
        static const char *const folders[] = {NSORPHAND_SYSCONFDIR, "/run", "/usr/local/lib",
                                              "/usr/lib"};

        for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
                char path[PATH_MAX];
                (void)snprintf(path, sizeof(path), "%s/nsorphand/nsorphand.conf", folders[i]);
                if (access(path, F_OK) == 0) {
                        fputs("\n# ", f);
                        print_file(path, f);
                }
                (void)snprintf(path, sizeof(path), "%s/nsorphand/nsorphand.conf.d", folders[i]);
                print_drop_ins(path, f);
        }
        fputs("\n# End of the configuration.\n", f);
        return 0;
}
