/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/look.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "census/procfs/anon-class.h"
#include "census/procfs/bpf-iterator.h"
#include "census/procfs/file-class.h"
#include "census/procfs/peek.h"
#include "proc/fdinfo.h"
#include "proc/tree.h"
#include "util/file.h"
#include "util/kernel.h"
#include "util/line-reader.h"

/* How many queues in queues are followed; the kernel allows more, nobody builds them. */
#define DEPTH_MAX 32
/* How many queues a child looks into in its life, which is one scan. */
#define QUEUES_MAX 4096

struct look {
        int socket_fd; /* to the scan */
        struct kernel_devices devices;
        uint64_t looked[QUEUES_MAX]; /* inodes of sockets whose queue was looked into: none twice */
        unsigned n_looked;
        /* Fds whose close may block; for each level of depth one message at most. */
        int blocking[PEEK_FILES_MAX * DEPTH_MAX];
        unsigned n_blocking;
        char scratch[PEEK_SCRATCH_SIZE]; /* where data goes that nobody reads */
};

static void tell(const struct look *l, const struct look_record *record)
{
        /* Whoever asked may have given up, which ends us with the next request. */
        (void)send(l->socket_fd, record, sizeof(*record), MSG_NOSIGNAL);
}

static void tell_unreached(const struct look *l, uint64_t n)
{
        if (n > 0)
                tell(l, &(struct look_record){.kind = LOOK_UNREACHED, .count = n});
}

static int ask_netns(int fd, struct nsfd_facts *ret)
{
        _cleanup_close_ int nsfs = ioctl(fd, SIOCGSKNS);

        return nsfs < 0 ? negative_errno() : nsfd_ask(nsfs, ret);
}

static int socket_option(int fd, int option)
{
        int value = -1;
        socklen_t size = sizeof(value);

        return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -1 : value;
}

static void ask_socket(int fd, struct look_record *record)
{
        socklen_t size = sizeof(record->cookie);

        record->family = socket_option(fd, SO_DOMAIN);
        record->type = socket_option(fd, SO_TYPE);
        record->protocol = socket_option(fd, SO_PROTOCOL);
        if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &record->cookie, &size) < 0)
                record->cookie = 0;
        record->error = ask_netns(fd, &record->netns);
}

static void ask_tun(int fd, struct look_record *record)
{
        struct ifreq ifr = {};
        struct stat st;

        record->error = ask_netns(fd, &record->netns);
        if (record->error < 0 || ioctl(fd, TUNGETIFF, &ifr) < 0)
                return; /* EBADFD: not attached to an interface */
        memcpy(record->device, ifr.ifr_name, sizeof(record->device) - 1);
        _cleanup_close_ int nsfs = ioctl(fd, TUNGETDEVNETNS);
        if (nsfs >= 0 && fstat(nsfs, &st) == 0)
                record->device_netns = st.st_ino;
}

/* Files in the queue of a unix socket that is ours. */
static uint64_t own_scm_fds(int fd)
{
        _cleanup_free_ char *text = NULL;
        char path[64];
        size_t size;

        (void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
        return file_read_at(AT_FDCWD, path, 65536, &text, &size) < 0
                       ? 0
                       : proc_fdinfo_scm_fds(text, size);
}

/* An O_PATH fd answers no ioctl, but leads to the file. */
static int open_anew(int fd)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        int opened = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        return opened < 0 ? negative_errno() : opened;
}

/* False for a namespace of another type. */
static bool ask_nsfs(int fd, struct look_record *record)
{
        _cleanup_close_ int opened = open_anew(fd);

        record->error = opened < 0 ? opened : nsfd_is_netns(opened);
        if (record->error == 0)
                return false;
        if (record->error > 0)
                record->error = nsfd_ask(opened, &record->netns);
        return true;
}

/* Whether the fdinfo of our own @fd shows that it holds what @class may hold. */
static bool anon_holds(const struct look *l, int fd, enum anon_class class)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        struct fdinfo_watch watch;
        const char *line;
        char path[64];
        size_t n;
        uint64_t id;

        if (class != ANON_WATCHES && class != ANON_BPF_LINK)
                return class != ANON_OTHER;
        (void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
        int r = line_reader_open(&lines, AT_FDCWD, path);
        while (r >= 0 && (r = line_reader_next(&lines, &line, &n)) > 0)
                if (class == ANON_BPF_LINK
                            ? proc_fdinfo_bpf_link(line, n, "netfilter", &id)
                            : proc_fdinfo_watch(line, n, &watch) && !watch.evictable &&
                                      watch.device == l->devices.nsfs)
                        return true;
        return r < 0;
}

static enum holder_kind anon_holder(const struct look *l, int fd)
{
        char path[64], link[64];

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(path, link, sizeof(link));
        enum anon_class class = n < 0 ? ANON_OTHER : anon_class_of_link(link, (size_t)n);
        return anon_holds(l, fd, class) ? anon_class_holder_kind(class) : HOLDER_NONE;
}

/* What a file may be that tells nothing of its namespace. */
static enum holder_kind other_holder(const struct look *l, int fd, enum file_class class)
{
        switch (class) {
        case FILE_TAP:
                return HOLDER_TAP;
        case FILE_VHOST:
                return HOLDER_VHOST;
        case FILE_BPFFS:
                return bpf_iterator_may_be(fd) ? HOLDER_BPF_ITERATOR : HOLDER_NONE;
        default:
                return anon_holder(l, fd);
        }
}

static void look_into(struct look *l, int fd, uint64_t inode, uint64_t scm_fds, unsigned depth);

/* Tells of one file that was in flight. False when its close may block. */
static bool look_at_file(struct look *l, int fd, unsigned depth)
{
        struct look_record record = {.depth = depth, .family = -1, .type = -1, .protocol = -1};
        struct statx stx;

        if (statx(fd, "", AT_EMPTY_PATH | FILE_CLASS_STATX_FLAGS, FILE_CLASS_STATX_MASK, &stx) < 0)
                return false;
        record.inode = stx.stx_ino;
        enum file_class class = file_classify(&stx, &l->devices);
        switch (class) {
        case FILE_SOCKET:
                record.kind = LOOK_SOCKET;
                ask_socket(fd, &record);
                tell(l, &record);
                if (record.family == AF_UNIX || record.family < 0) {
                        uint64_t scm_fds = own_scm_fds(fd);
                        if (scm_fds > 0)
                                look_into(l, fd, stx.stx_ino, scm_fds, depth + 1);
                }
                return true;
        case FILE_NSFS:
                record.kind = LOOK_NSFS;
                if (ask_nsfs(fd, &record))
                        tell(l, &record);
                return true;
        case FILE_TUN:
                record.kind = LOOK_TUN;
                ask_tun(fd, &record);
                tell(l, &record);
                return true;
        case FILE_PROC:
                record.kind = LOOK_PROC;
                if (stx.stx_ino >= PROC_TREE_FIRST_INODE && !(fcntl(fd, F_GETFL) & O_PATH))
                        tell(l, &record);
                /* Of a file system in user space, it may be. */
                return false;
        case FILE_ANON:
        case FILE_TAP:
        case FILE_VHOST:
        case FILE_BPFFS:
                record.kind = LOOK_OTHER;
                record.holder = other_holder(l, fd, class);
                if (record.holder != HOLDER_NONE && !(fcntl(fd, F_GETFL) & O_PATH))
                        tell(l, &record);
                /* A device's own close may take its time. */
                return class == FILE_ANON || class == FILE_BPFFS;
        default:
                return false;
        }
}

struct peeked {
        struct look *look;
        unsigned depth;
};

static void on_file(int fd, void *userdata)
{
        const struct peeked *p = userdata;

        if (look_at_file(p->look, fd, p->depth))
                (void)close(fd);
        else
                p->look->blocking[p->look->n_blocking++] = fd;
}

/* How many files were seen. */
static unsigned peek(struct look *l, int fd, unsigned depth)
{
        if (l->n_blocking + PEEK_FILES_MAX > ARRAY_SIZE(l->blocking))
                return 0;
        return peek_files(fd, l->scratch, on_file, &(struct peeked){l, depth});
}

static void look_into(struct look *l, int fd, uint64_t inode, uint64_t scm_fds, unsigned depth)
{
        for (unsigned i = 0; i < l->n_looked; i++)
                if (l->looked[i] == inode)
                        return;
        if (depth > DEPTH_MAX || l->n_looked == QUEUES_MAX) {
                tell_unreached(l, scm_fds);
                return;
        }
        l->looked[l->n_looked++] = inode;
        unsigned found = peek(l, fd, depth);
        if (found < scm_fds)
                tell_unreached(l, scm_fds - found);
}

/* Opens the socket that was asked for, looks, and holds nothing of it afterwards. */
static void look(struct look *l, int pidfd, const struct look_request *request)
{
        struct statx stx;
        _cleanup_close_ int fd = kernel_pidfd_getfd(pidfd, request->fd);

        if (fd < 0 && fd != -EBADF && fd != -ESRCH)
                tell_unreached(l, request->scm_fds);
        else if (fd < 0 ||
                 statx(fd, "", AT_EMPTY_PATH | FILE_CLASS_STATX_FLAGS, FILE_CLASS_STATX_MASK,
                       &stx) < 0 ||
                 statx_device(&stx) != request->devices.sockfs ||
                 stx.stx_ino != request->socket_inode)
                tell(l, &(struct look_record){.kind = LOOK_GONE});
        else
                look_into(l, fd, request->socket_inode, request->scm_fds, 1);
}

static int receive(int socket_fd, struct look_request *request)
{
        union {
                struct cmsghdr header;
                char room[CMSG_SPACE(sizeof(int))];
        } control = {};
        struct iovec data = {.iov_base = request, .iov_len = sizeof(*request)};
        struct msghdr m = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control.room,
                           .msg_controllen = sizeof(control.room)};
        int pidfd;

        ssize_t n = recvmsg(socket_fd, &m, MSG_CMSG_CLOEXEC);
        struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m);
        if (n != sizeof(*request) || !c || c->cmsg_type != SCM_RIGHTS ||
            c->cmsg_len != CMSG_LEN(sizeof(int)))
                return -EBADMSG;
        memcpy(&pidfd, CMSG_DATA(c), sizeof(pidfd));
        return pidfd;
}

void look_main(int socket_fd)
{
        struct rlimit limit;
        struct look_request request;
        struct look l = {.socket_fd = socket_fd};

        /* A message brings up to 253 files, and queues in queues that many each. */
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
        for (;;) {
                int pidfd = receive(socket_fd, &request);
                if (pidfd < 0)
                        return;
                l.devices = request.devices;
                look(&l, pidfd, &request);
                (void)close(pidfd);
                tell(&l, &(struct look_record){.kind = LOOK_DONE});
                while (l.n_blocking > 0)
                        (void)close(l.blocking[--l.n_blocking]);
                tell(&l, &(struct look_record){.kind = LOOK_CLOSED});
        }
}
