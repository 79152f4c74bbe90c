/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a fuzz target over every file of a folder, as a test that speaks TAP: with any compiler, and
 * without libFuzzer. A target that does not like what it sees aborts. */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

#include "fuzz.h"
#include "util/file.h"

#define FILE_MAX (4u << 20)

static int run_file(int dir_fd, const char *name)
{
        _cleanup_free_ char *bytes = NULL;
        _cleanup_free_ uint8_t *exact = NULL;
        size_t size;

        int r = file_read_at(dir_fd, name, FILE_MAX, &bytes, &size);
        if (r < 0)
                return r;
        /* Without the NUL that file_read_at() puts behind: a target must not lean on it. */
        exact = malloc(MAX(size, (size_t)1));
        if (!exact)
                return -ENOMEM;
        memcpy(exact, bytes, size);
        (void)LLVMFuzzerTestOneInput(exact, size);
        return 0;
}

int main(int argc, char **argv)
{
        unsigned n = 0, failed = 0;

        if (argc != 2) {
                fprintf(stderr, "Usage: %s FOLDER\n", argv[0]);
                return 2;
        }
        DIR *dir = opendir(argv[1]);
        if (!dir) {
                fprintf(stderr, "Failed to open %s: %m\n", argv[1]);
                return 2;
        }
        printf("TAP version 13\n");
        for (struct dirent *entry; (entry = readdir(dir));) {
                if (entry->d_name[0] == '.')
                        continue;
                /* Told before, so that the one that aborts is known. */
                printf("# %s\n", entry->d_name);
                fflush(stdout);
                int r = run_file(dirfd(dir), entry->d_name);
                failed += r < 0;
                printf("%s %u - %s\n", r < 0 ? "not ok" : "ok", ++n, entry->d_name);
        }
        closedir(dir);
        printf("1..%u\n", n);
        return failed > 0 || n == 0;
}
