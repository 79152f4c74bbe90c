/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/mount-list.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "netns/handle.h"
#include "util/macro.h"

/* include/uapi/asm-generic/unistd.h, 6.8: the same numbers on every architecture but alpha. */
#ifndef SYS_statmount
#define SYS_statmount 457
#endif
#ifndef SYS_listmount
#define SYS_listmount 458
#endif

/* include/uapi/linux/nsfs.h, 6.12. */
struct mount_ns_info {
        uint32_t size;
        uint32_t n_mounts;
        uint64_t id;
};
#define NS_MOUNT_GET_INFO _IOR(0xb7, 10, struct mount_ns_info)
#define NS_MOUNT_GET_NEXT _IOR(0xb7, 11, struct mount_ns_info)
#define NS_MOUNT_GET_PREV _IOR(0xb7, 12, struct mount_ns_info)

/* include/uapi/linux/mount.h: struct mnt_id_req of 6.11, struct statmount of 6.8. */
struct mount_request {
        uint32_t size;
        uint32_t spare;
        uint64_t mount_id;
        uint64_t param;
        uint64_t ns_id;
};
#define LIST_ROOT UINT64_MAX

struct mount_answer {
        uint32_t size;
        uint32_t options;
        uint64_t mask;
        uint32_t device_major;
        uint32_t device_minor;
        uint64_t magic;
        uint32_t super_flags;
        uint32_t fs_type;
        uint64_t mount_id;
        uint64_t parent_id;
        uint32_t old_mount_id;
        uint32_t old_parent_id;
        uint64_t attributes;
        uint64_t propagation;
        uint64_t group;
        uint64_t master;
        uint64_t propagates_from;
        uint32_t root;
        uint32_t point;
        uint64_t rest[50];
        char text[];
};
#define ASK_SUPER (0x1 | 0x2)  /* STATMOUNT_SB_BASIC, STATMOUNT_MNT_BASIC */
#define ASK_TEXT  (0x8 | 0x10) /* STATMOUNT_MNT_ROOT, STATMOUNT_MNT_POINT */

/* Two paths at their longest. */
#define ANSWER_SIZE 16384
/* How many mounts are listed at a time. */
#define LIST_SIZE 512
/* The caller is asked whether to go on each so many mounts. */
#define ASK_EACH 32
/* Parents of the root mount of a namespace: the kernel's own, and what covers it. */
#define CLIMB_MAX 64

struct list {
        const struct mount_list_calls *calls;
        void *userdata;
        uint64_t ns_id;
        uint64_t mntns;
        struct mount_answer *answer; /* of ANSWER_SIZE */
        uint64_t ids[LIST_SIZE];
};

static int stat_mount(struct list *l, uint64_t mount_id, uint64_t mask)
{
        const struct mount_request q = {
                .size = sizeof(q), .mount_id = mount_id, .param = mask, .ns_id = l->ns_id};

        memset(l->answer, 0, sizeof(*l->answer));
        return syscall(SYS_statmount, &q, l->answer, (size_t)ANSWER_SIZE, 0) < 0 ? negative_errno()
                                                                                 : 0;
}

/* One batch, after the mount @last. The number, or a negative errno. */
static int list_mounts(struct list *l, uint64_t parent, uint64_t last)
{
        const struct mount_request q = {
                .size = sizeof(q), .mount_id = parent, .param = last, .ns_id = l->ns_id};

        long n = syscall(SYS_listmount, &q, l->ids, (size_t)LIST_SIZE, 0);
        return n < 0 ? negative_errno() : (int)n;
}

static bool is_wanted(uint64_t magic)
{
        return magic == MOUNT_MAGIC_NSFS || magic == MOUNT_MAGIC_BPF ||
               magic == MOUNT_MAGIC_RPC_PIPEFS || magic == MOUNT_MAGIC_NFSD;
}

/* A mount that has gone since it was listed is no error. */
static int tell_mount(struct list *l, uint64_t mount_id)
{
        int r = stat_mount(l, mount_id, ASK_SUPER);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (!is_wanted(l->answer->magic))
                return 0;
        r = stat_mount(l, mount_id, ASK_SUPER | ASK_TEXT);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        const struct mount_answer *a = l->answer;
        return l->calls->mount(
                &(struct listed_mount){
                        .mntns = l->mntns,
                        .magic = a->magic,
                        .device = (uint64_t)a->device_major << 32 | a->device_minor,
                        .group = a->group,
                        .master = a->master,
                        .root = a->text + a->root,
                        .point = a->text + a->point,
                },
                l->userdata);
}

/* The mount at the bottom of a namespace, below whatever covers it: all others hang on it. */
static int find_bottom(struct list *l, uint64_t *ret)
{
        int r = list_mounts(l, LIST_ROOT, 0);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        uint64_t id = l->ids[0];
        for (unsigned i = 0; i < CLIMB_MAX; i++) {
                r = stat_mount(l, id, ASK_SUPER);
                if (r < 0)
                        return r;
                if (l->answer->parent_id == id)
                        break;
                id = l->answer->parent_id;
        }
        *ret = id;
        return 0;
}

/* A batch that was listed. 1, 0 when the rest is to be left out, or a negative errno. */
static int tell_mounts(struct list *l, int n)
{
        for (int i = 0; i < n; i++) {
                int r = i % ASK_EACH == 0 ? l->calls->ask(l->userdata) : 1;
                if (r <= 0)
                        return r;
                r = tell_mount(l, l->ids[i]);
                if (r < 0)
                        return r;
        }
        return 1;
}

static int list_namespace(struct list *l)
{
        uint64_t bottom, last = 0;
        int n;

        int r = find_bottom(l, &bottom);
        if (r < 0)
                /* Of an empty one, or one whose last process has just ended. */
                return r == -ENOENT ? 0 : r;
        r = tell_mount(l, bottom);
        while (r >= 0 && (n = r = list_mounts(l, bottom, last)) > 0) {
                last = l->ids[n - 1];
                r = tell_mounts(l, n);
                if (r == 0 || n < LIST_SIZE)
                        break;
        }
        return r == -ENOENT ? 0 : MIN(r, 0);
}

/* The fd of the first mount namespace there is, by the order of their making. */
static int open_first(struct mount_ns_info *info)
{
        _cleanup_close_ int fd = open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return negative_errno();
        for (;;) {
                int previous = ioctl(fd, NS_MOUNT_GET_PREV, info);
                if (previous < 0 && errno != ENOENT)
                        return negative_errno();
                if (previous < 0)
                        break;
                fd_close(fd);
                fd = previous;
        }
        return ioctl(fd, NS_MOUNT_GET_INFO, info) < 0 ? negative_errno() : TAKE_FD(fd);
}

static int list_namespaces(struct list *l)
{
        struct mount_ns_info info = {.size = sizeof(info)};
        struct stat st;

        _cleanup_close_ int fd = open_first(&info);
        if (fd < 0)
                return fd;
        for (;;) {
                if (fstat(fd, &st) < 0)
                        return negative_errno();
                l->ns_id = info.id;
                l->mntns = st.st_ino;
                int r = l->calls->begin(fd, l->userdata);
                if (r >= 0)
                        r = list_namespace(l);
                if (r < 0)
                        return r;
                int next = ioctl(fd, NS_MOUNT_GET_NEXT, &info);
                if (next < 0)
                        return errno == ENOENT ? 0 : negative_errno();
                fd_close(fd);
                fd = next;
        }
}

int mount_list_each(const struct mount_list_calls *calls, void *userdata)
{
        struct list l = {.calls = calls, .userdata = userdata};

        /* The kernel leaves out, without a word, the namespaces that we may not see. */
        if (!handle_may_open_all())
                return -EOPNOTSUPP;
        _cleanup_free_ struct mount_answer *answer = malloc(ANSWER_SIZE);
        if (!answer)
                return -ENOMEM;
        l.answer = answer;
        int r = list_namespaces(&l);
        /* Before 6.12, or in a sandbox. */
        return r == -ENOTTY || r == -ENOSYS || r == -EPERM || r == -EINVAL ? -EOPNOTSUPP : r;
}
