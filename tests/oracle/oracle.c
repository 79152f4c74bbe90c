/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells on stdout, in one line of JSON, every network namespace that the kernel has, with the count
 * of its references, and says of each line of stdin that it looks again. "once" as an argument:
 * looks once and ends.
 *
 * What the scanner says is held against this. It is code of the tests only, and has nothing in
 * common with src/: what tests the scanner must not share its mistakes.
 *
 * Exits with 77 where it cannot look: no BTF of the kernel, no BPF, no right to use it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "oracle.h"
#include "oracle.skel.h"

#define EXIT_UNAVAILABLE 77

/* A ring that changes while it is walked is walked again. */
#define ATTEMPTS 100

/* The list has one head, so a walk that met another number was led astray. */
static unsigned heads(const struct oracle_bpf *oracle)
{
        unsigned n = 0;

        for (unsigned i = 0; i < oracle->bss->n_nets; i++)
                n += oracle->bss->nets[i].other != 0;
        return n;
}

static int look(struct oracle_bpf *oracle)
{
        char packet[64] = {0};

        for (unsigned i = 0; i < ATTEMPTS; i++) {
                LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet,
                            .data_size_in = sizeof(packet), .repeat = 1);
                int r = bpf_prog_test_run_opts(bpf_program__fd(oracle->progs.list_nets), &options);
                if (r < 0)
                        return r;
                if (oracle->bss->complete && heads(oracle) == 1)
                        return 0;
                if (oracle->bss->n_nets == ORACLE_MAX)
                        return -E2BIG;
        }
        return -EAGAIN;
}

static void tell(const struct oracle_bpf *oracle)
{
        const char *separator = "";

        printf("[");
        for (unsigned i = 0; i < oracle->bss->n_nets; i++) {
                const struct oracle_net *net = &oracle->bss->nets[i];
                if (net->other)
                        continue;
                printf("%s{\"inode\":%llu,\"cookie\":%llu,\"count\":%llu}", separator, net->inode,
                       net->cookie, net->count);
                separator = ",";
        }
        printf("]\n");
        fflush(stdout);
}

static bool next_line(void)
{
        int c = getchar();

        while (c != '\n' && c != EOF)
                c = getchar();
        return c == '\n';
}

static char last_words[512];

__attribute__((format(printf, 2, 0))) static int keep_words(enum libbpf_print_level level,
                                                            const char *format, va_list arguments)
{
        if (level == LIBBPF_WARN)
                vsnprintf(last_words, sizeof(last_words), format, arguments);
        return 0;
}

int main(int argc, char **argv)
{
        bool once = argc > 1 && strcmp(argv[1], "once") == 0;

        libbpf_set_print(keep_words);
        struct oracle_bpf *oracle = oracle_bpf__open_and_load();
        if (!oracle) {
                int error = errno;
                fprintf(stderr, "The kernel cannot be asked: %s: %s\n", strerror(error),
                        last_words);
                return access("/sys/kernel/btf/vmlinux", R_OK) < 0 || error == EPERM ||
                                       error == ENOSYS
                               ? EXIT_UNAVAILABLE
                               : 1;
        }
        do {
                int r = look(oracle);
                if (r == -E2BIG) {
                        printf("null\n");
                        fflush(stdout);
                        continue;
                }
                if (r < 0) {
                        fprintf(stderr, "Failed to list the namespaces: %s\n", strerror(-r));
                        return 1;
                }
                tell(oracle);
        } while (!once && next_line());
        oracle_bpf__destroy(oracle);
        return 0;
}
