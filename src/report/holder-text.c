/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/holder-text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "census/socket-name.h"
#include "util/text-file.h"
#include "util/text.h"

/* Each kind in each style. What stands behind a $ is put in:
 *
 * $f  the number of the fd
 * $s  "netlink/route " where that is known
 * $S  "a netlink/route socket"
 * $c  what is in flight: "socket", or "tun file"
 * $k  the same by its kind
 * $n  what is registered: "socket", or "namespace file"
 * $p  the path, or what follows in brackets
 * $d  the interface, with what follows in brackets before it; nothing without one
 * $l  where a link is open or pinned: ", fd 5", ", pinned at /sys/fs/bpf/x", or nothing */
static const char *const words[_HOLDER_KIND_MAX][_HOLDER_TEXT_MAX] = {
        [HOLDER_NONE] = {"unknown", "", ""},
        [HOLDER_TASK] = {"task", "a task in it", "being in it"},
        [HOLDER_NSFS_FD] = {"namespace", "an open namespace file",
                            "fd $f, which leads to the namespace"},
        [HOLDER_NSFS_MOUNT] = {"mount", "a mount", "the mount $p(of it)"},
        [HOLDER_NSFS_WATCH] = {"watch on the namespace", "a watch on a namespace file",
                               "fd $f, which watches the namespace's file"},
        [HOLDER_SOCKET] = {"socket", "its $ssocket", "fd $f, $S"},
        [HOLDER_SOCKET_IN_FLIGHT] = {"in the queue of",
                                     "a $s$c in flight, in the queue of a unix socket",
                                     "the queue of fd $f, in which a $k waits to be received"},
        [HOLDER_SOCKET_MAPPING] = {"mapped socket", "a $ssocket that is mapped, its fd closed",
                                   "its memory, into which a socket is mapped"},
        [HOLDER_SOCKET_BACKLOG] = {"not accepted, socket",
                                   "a connection not accepted yet, a $ssocket",
                                   "a connection that was not accepted yet"},
        [HOLDER_SOCKET_CLOSING] = {"closing socket", "a closed $ssocket that still sends",
                                   "a socket that is closed and still sends"},
        [HOLDER_SOCKET_PEER] = {"closed peer of socket", "the closed peer of its $ssocket",
                                "fd $f, a socket whose closed peer was made in the namespace"},
        [HOLDER_TUN] = {"tun", "an open /dev/net/tun", "fd $f, a tun device$d( with interface )"},
        [HOLDER_TAP] = {"tap", "an open /dev/tap", "fd $f, a tap device$d( of interface )"},
        [HOLDER_VHOST] = {"vhost", "an open vhost device", "fd $f, a vhost device"},
        [HOLDER_IO_URING_FILE] = {"io_uring", "a $sfile registered with io_uring, its fd closed",
                                  "the io_uring of fd $f, with which a $n is registered"},
        [HOLDER_IO_URING_REQUEST] = {"io_uring request",
                                     "a $sfile that an io_uring request waits for",
                                     "a request that waits in the io_uring of fd $f"},
        [HOLDER_PROC_NET_FILE] = {"file", "the open file", "fd $f, the file $p(below /proc/net)"},
        [HOLDER_FS_CONTEXT] = {"fsopen", "a file system context (fsopen)",
                               "fd $f, a file system context made in the namespace"},
        [HOLDER_BPF_ITERATOR] = {"BPF iterator", "an open BPF iterator",
                                 "fd $f, a BPF iterator opened in the namespace"},
        [HOLDER_BPF_LINK] = {"BPF link", "a BPF netfilter link", "a BPF netfilter link$l"},
        [HOLDER_KERNEL_MOUNT] = {"file system", "the mounted file system",
                                 "the file system mounted at $p(an unknown place)"},
        [HOLDER_UNEXPLAINED] = {"unexplained", "a reference that is found nowhere",
                                "a reference that was found nowhere"},
};

/* A protocol without a name says less than the type: unix/stream, not unix/0. */
static const char *protocol_or_type(const struct holder *h)
{
        return text_or(socket_name_protocol(h->family, h->protocol), socket_name_type(h->type));
}

void holder_text_print_socket_kind(FILE *f, const struct holder *h)
{
        const char *family = socket_name_family(h->family), *how = protocol_or_type(h);

        if (family)
                fprintf(f, "%s%s%s ", family, how ? "/" : "", text_or(how, ""));
}

static void print_a_socket(FILE *f, const struct holder *h)
{
        const char *family = socket_name_family(h->family), *how = protocol_or_type(h);

        if (h->family < 0)
                fputs("a socket", f);
        else if (!family)
                fprintf(f, "a socket of family %d", h->family);
        else
                /* As it is spoken: an inet, an xdp, but a unix. */
                fprintf(f, "%s %s%s%s socket", strchr("aeiox", *family) ? "an" : "a", family,
                        how ? "/" : "", text_or(how, ""));
}

static void print_link(FILE *f, const struct holder *h)
{
        if (h->fd >= 0)
                fprintf(f, ", fd %d", h->fd);
        else if (h->path)
                fprintf(f, ", pinned at %s", h->path);
}

/* What "$@letter(@rest)" stands for. */
static void print_variable(FILE *f, const struct holder *h, char letter, const char *rest,
                           int n_rest)
{
        switch (letter) {
        case 'f':
                fprintf(f, "%d", h->fd);
                break;
        case 's':
                holder_text_print_socket_kind(f, h);
                break;
        case 'S':
                print_a_socket(f, h);
                break;
        case 'c':
                fputs(h->carried == HOLDER_TUN       ? "tun file"
                      : h->carried == HOLDER_NSFS_FD ? "namespace file"
                                                     : "socket",
                      f);
                break;
        case 'k':
                fputs(text_or(holder_kind_to_string(h->carried), "file"), f);
                break;
        case 'n':
                fputs(h->carried == HOLDER_NSFS_FD ? "namespace file" : "socket", f);
                break;
        case 'p':
                fprintf(f, "%.*s", h->path ? (int)strlen(h->path) : n_rest, text_or(h->path, rest));
                break;
        case 'd':
                if (h->device)
                        fprintf(f, "%.*s%s", n_rest, rest, h->device);
                break;
        case 'l':
                print_link(f, h);
                break;
        }
}

static void print_words(FILE *f, const struct holder *h, const char *s)
{
        while (*s) {
                size_t plain = strcspn(s, "$");
                (void)fwrite(s, 1, plain, f);
                s += plain;
                if (!*s)
                        break;
                const char *variable = s + 1, *rest = s + 2;
                int n_rest = 0;
                s = rest;
                if (*variable == 'p' || *variable == 'd') {
                        n_rest = (int)strcspn(++rest, ")");
                        s = rest + n_rest + 1;
                }
                print_variable(f, h, *variable, rest, n_rest);
        }
}

static void print_number_or_name(FILE *f, const char *name, int number)
{
        if (name)
                fputs(name, f);
        else
                fprintf(f, "%d", number);
}

/* In a table everything has its place, and what has no name its number. */
static void print_cell_end(FILE *f, const struct holder *h)
{
        const char *protocol = socket_name_protocol(h->family, h->protocol);

        if (h->pid > 0 && h->fd >= 0)
                fprintf(f, " fd %d", h->fd);
        if (h->pid > 0 && h->tid > 0 && h->tid != h->pid)
                fprintf(f, " of thread %d", (int)h->tid);
        if (h->family >= 0) {
                fputc(' ', f);
                print_number_or_name(f, socket_name_family(h->family), h->family);
                if (protocol || h->type >= 0) {
                        fputc('/', f);
                        print_number_or_name(f, text_or(protocol, socket_name_type(h->type)),
                                             h->type);
                }
        }
        if (h->path)
                fprintf(f, " %s", h->path);
        if (h->device)
                fprintf(f, " %s", h->device);
}

static void print_clause_end(FILE *f, const struct holder *h)
{
        if (h->path)
                fprintf(f, " %s", h->path);
        if (h->device)
                fprintf(f, " (%s)", h->device);
        if (h->fd >= 0)
                fprintf(f, ", fd %d", h->fd);
        if (h->tid != h->pid)
                fprintf(f, " of thread %d", (int)h->tid);
}

static void print_detail_end(FILE *f, const struct holder *h)
{
        if (h->kind == HOLDER_NSFS_MOUNT && h->path && h->pid > 0)
                fputs(" in its mount namespace", f);
        if (h->tid != h->pid && h->tid > 0)
                fprintf(f, " (of thread %d)", (int)h->tid);
        if (h->socket_inode)
                fprintf(f, ", inode %" PRIu64, h->socket_inode);
}

void holder_text_print(FILE *f, const struct holder *h, enum holder_text_style style)
{
        static void (*const ends[_HOLDER_TEXT_MAX])(FILE * f, const struct holder *h) = {
                [HOLDER_TEXT_CELL] = print_cell_end,
                [HOLDER_TEXT_CLAUSE] = print_clause_end,
                [HOLDER_TEXT_DETAIL] = print_detail_end,
        };

        if (style == HOLDER_TEXT_CELL && h->carried != HOLDER_NONE)
                fprintf(f, "%s ", holder_kind_to_string(h->carried));
        print_words(f, h, words[h->kind][style]);
        ends[style](f, h);
}

char *holder_text(const struct holder *h, enum holder_text_style style)
{
        struct text_buffer text;
        FILE *f = text_file_open(&text);

        if (!f)
                return NULL;
        holder_text_print(f, h, style);
        return text_file_close(f, &text, NULL);
}

void holder_text_print_process(FILE *f, const struct holder *h)
{
        const char *unit = holder_unit(h);

        if (h->pid == 0) {
                fputs("no process that could be seen", f);
                return;
        }
        fprintf(f, "%s (pid %d%s%s)", text_or(holder_comm(h), "a process"), (int)h->pid,
                unit ? ", " : "", text_or(unit, ""));
}
