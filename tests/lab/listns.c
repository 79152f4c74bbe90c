/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints the ids (which are the cookies) of the network namespaces that the kernel itself lists,
 * one a line: listns(2), Linux 6.19. Where the kernel has none, says so and exits with 77. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef SYS_listns
#define SYS_listns 470
#endif

/* include/uapi/linux/nsfs.h: struct ns_id_req */
struct request {
        uint32_t size;
        uint32_t spare;
        uint64_t after;
        uint32_t type;
        uint32_t spare2;
        uint64_t user_namespace;
};

int main(void)
{
        struct request request = {.size = sizeof(request), .type = CLONE_NEWNET};
        uint64_t ids[512];

        for (;;) {
                long n = syscall(SYS_listns, &request, ids, sizeof(ids) / sizeof(ids[0]), 0U);
                /* ENOENT: none with an id after the last one. */
                if (n == 0 || (n < 0 && errno == ENOENT))
                        return 0;
                if (n < 0) {
                        fprintf(stderr, "listns: %s\n", strerror(errno));
                        return errno == ENOSYS ? 77 : 1;
                }
                for (long i = 0; i < n; i++)
                        printf("%" PRIu64 "\n", ids[i]);
                request.after = ids[n - 1];
        }
}
