/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/holder-text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nsorphanctl/json-print.h"
#include "util/macro.h"

/* How each kind is told: the words before what is known of fd, socket and path. */
static const struct {
        const char *kind;
        const char *words;
} kinds[] = {
        {"task", "task"},
        {"nsfs_fd", "namespace"},
        {"nsfs_mount", "mount"},
        {"nsfs_watch", "watch on the namespace"},
        {"socket", "socket"},
        {"socket_in_flight", "in the queue of"},
        {"socket_mapping", "mapped socket"},
        {"socket_backlog", "not accepted, socket"},
        {"socket_closing", "closing socket"},
        {"socket_peer", "closed peer of socket"},
        {"tun", "tun"},
        {"tap", "tap"},
        {"vhost", "vhost"},
        {"io_uring_file", "io_uring"},
        {"io_uring_request", "io_uring request"},
        {"proc_net_file", "file"},
        {"fs_context", "fsopen"},
        {"bpf_iterator", "BPF iterator"},
        {"bpf_link", "BPF link"},
        {"kernel_mount", "file system"},
        {"unexplained", "unexplained"},
};

static const char *kind_words(const char *kind)
{
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (strcmp(kinds[i].kind, kind) == 0)
                        return kinds[i].words;
        return kind;
}

/* " netlink/route", " inet/tcp", " unix/stream", or nothing. */
static void print_socket(FILE *f, json_t *holder)
{
        const char *family = json_get_string(holder, "family", NULL);
        const char *protocol = json_get_string(holder, "protocol", NULL);
        const char *type = json_get_string(holder, "type", NULL);

        /* A protocol without a name says less than the type: unix/stream, not unix/0. */
        if (!protocol || (*protocol >= '0' && *protocol <= '9'))
                protocol = type;
        if (family)
                fprintf(f, " %s%s%s", family, protocol ? "/" : "", protocol ? protocol : "");
}

static void print_thread(FILE *f, json_t *holder)
{
        uint64_t pid = json_get_u64(holder, "pid"), tid = json_get_u64(holder, "tid");

        if (tid && tid != pid)
                fprintf(f, " of thread %" PRIu64, tid);
}

char *holder_text(json_t *holder)
{
        char *text = NULL;
        size_t size = 0;
        const char *kind = json_get_string(holder, "kind", "");
        json_t *fd = json_object_get(holder, "fd");
        const char *path = json_get_string(holder, "path", NULL);
        const char *device = json_get_string(holder, "device", NULL);
        const char *carried = json_get_string(holder, "carried", NULL);

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        if (carried)
                fprintf(f, "%s ", carried);
        fputs(kind_words(kind), f);
        if (json_is_integer(fd))
                fprintf(f, " fd %" JSON_INTEGER_FORMAT, json_integer_value(fd));
        print_thread(f, holder);
        print_socket(f, holder);
        if (path)
                fprintf(f, " %s", path);
        if (device)
                fprintf(f, " %s", device);
        return fclose(f) == 0 ? text : (free(text), NULL);
}
