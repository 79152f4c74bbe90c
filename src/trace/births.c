/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/births.h"

#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include "census/bpf/reason.h"
#include "census/bpf/record.h"
#include "util/kernel.h"

#pragma GCC diagnostic push
#include "census/bpf/skeleton.h"

#include "trace/births.lskel.h"
#pragma GCC diagnostic pop

/* include/linux/errno.h: of a kernel that cannot attach programs to functions. */
#define ENOTSUPP_ 524

struct births {
        struct births_object *object;
        uint64_t *checked; /* shared with the program that checks */
        uint64_t cursor;   /* the cookie that was checked last */
        bool has_cursor;
};

#define CHECKED_BYTES (RECORD_CHECKED * sizeof(uint64_t))

static int sys_bpf(int command, union bpf_attr *attr)
{
        return syscall(SYS_bpf, command, attr, sizeof(*attr)) < 0 ? negative_errno() : 0;
}

static int run(int program_fd)
{
        union bpf_attr attr;

        memset(&attr, 0, sizeof(attr));
        attr.test.prog_fd = (uint32_t)program_fd;
        return sys_bpf(BPF_PROG_TEST_RUN, &attr);
}

static int explain(int errnum, struct error *reason)
{
        switch (errnum) {
        case -EPERM:
        case -EACCES:
        case -EINVAL:
        case -EOPNOTSUPP:
        case -ENOTSUPP_:
                return error_set(reason, errnum == -ENOTSUPP_ ? EOPNOTSUPP : -errnum,
                                 "the kernel refuses programs that are attached to its functions "
                                 "(fentry, fexit)");
        case -ENOENT:
        case -ESRCH:
                return error_set(reason, -errnum,
                                 "the kernel lacks a function that the programs are attached to "
                                 "(CONFIG_SECURITY_NETWORK=y has them)");
        default:
                return reason_explain(errnum, reason);
        }
}

static int load(struct births *b, bool all, unsigned room)
{
        struct births_object *o = births_object__open();

        if (!o)
                return -ENOMEM;
        b->object = o;
        o->maps.births.max_entries = room;
        o->maps.checked.max_entries = RECORD_CHECKED;
        errno = 0;
        int r = births_object__load(o);
        if (r < 0)
                return r;
        /* Addresses in the kernel are in there: no core dump is to have them. */
        (void)madvise(o->bss, (size_t)sysconf(_SC_PAGESIZE), MADV_DONTDUMP);
        o->bss->settings.all = all;
        o->bss->settings.each_max = MAX(room / BIRTHS_PER_ALL, 1U);
        if (getrandom(&o->bss->settings.seed, sizeof(o->bss->settings.seed), GRND_NONBLOCK) < 0)
                return negative_errno();
        void *checked = mmap(NULL, CHECKED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
                             o->maps.checked.map_fd, 0);
        if (checked == MAP_FAILED)
                return negative_errno();
        b->checked = checked;
        return 0;
}

/* First what ends a birth, and what begins one last. */
static int attach(struct births_object *o)
{
        int r = births_object__socket_freed__attach(o);

        if (r >= 0)
                r = births_object__socket_connected__attach(o);
        if (r >= 0)
                r = births_object__socket_accepted__attach(o);
        if (r >= 0)
                r = births_object__socket_made__attach(o);
        return MIN(r, 0);
}

int births_new(struct births **ret, bool all, unsigned room, struct error *reason)
{
        int r = reason_foresee(reason);
        if (r < 0)
                return r;
        /* Before, maps that grow were not safe in programs that run anywhere. */
        if (kernel_version() < KERNEL_VERSION_OF(6, 1))
                return error_set(reason, EOPNOTSUPP, "the kernel is older than Linux 6.1");
        _cleanup_(births_freep) struct births *b = calloc(1, sizeof(*b));
        if (!b)
                return error_oom(reason);
        r = load(b, all, room);
        if (r >= 0)
                r = run(b->object->progs.learn.prog_fd);
        if (r >= 0 && b->object->bss->settings.host == 0)
                r = -EIO;
        if (r >= 0)
                r = attach(b->object);
        if (r < 0)
                return explain(r, reason);
        *ret = TAKE_PTR(b);
        return 0;
}

struct births *births_free(struct births *b)
{
        if (!b)
                return NULL;
        if (b->checked)
                (void)munmap(b->checked, CHECKED_BYTES);
        births_object__destroy(b->object);
        free(b);
        return NULL;
}

void births_set(struct births *b, bool all)
{
        __atomic_store_n(&b->object->bss->settings.all, all, __ATOMIC_RELAXED);
}

int births_get(const struct births *b, uint64_t cookie, struct birth_record *ret)
{
        union bpf_attr attr;

        memset(&attr, 0, sizeof(attr));
        attr.map_fd = (uint32_t)b->object->maps.births.map_fd;
        attr.key = (uintptr_t)&cookie;
        attr.value = (uintptr_t)ret;
        int r = sys_bpf(BPF_MAP_LOOKUP_ELEM, &attr);
        ret->socket = 0;
        return r;
}

/* Runs that were left out, because the program was running on that CPU. */
static uint64_t missed(int program_fd)
{
        struct bpf_prog_info info;
        union bpf_attr attr;

        memset(&info, 0, sizeof(info));
        memset(&attr, 0, sizeof(attr));
        attr.info.bpf_fd = (uint32_t)program_fd;
        attr.info.info_len = sizeof(info);
        attr.info.info = (uintptr_t)&info;
        return sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0 ? 0 : info.recursion_misses;
}

static uint64_t read_count(const __u64 *count)
{
        return __atomic_load_n(count, __ATOMIC_RELAXED);
}

void births_count(const struct births *b, struct birth_counts *ret)
{
        const struct birth_counts *counts = &b->object->bss->counts;

        *ret = (struct birth_counts){
                .now = read_count(&counts->now),
                .noted = read_count(&counts->noted),
                .refused = read_count(&counts->refused) +
                           missed(b->object->progs.socket_made.prog_fd) +
                           missed(b->object->progs.socket_accepted.prog_fd),
                .swept = read_count(&counts->swept),
        };
}

/* The one after @key, or the first one. */
static int next_cookie(const struct births *b, const uint64_t *key, uint64_t *ret)
{
        union bpf_attr attr;

        memset(&attr, 0, sizeof(attr));
        attr.map_fd = (uint32_t)b->object->maps.births.map_fd;
        attr.key = (uintptr_t)key;
        attr.next_key = (uintptr_t)ret;
        return sys_bpf(BPF_MAP_GET_NEXT_KEY, &attr);
}

void births_sweep(struct births *b)
{
        unsigned n = 0;

        while (n < RECORD_CHECKED) {
                int r = next_cookie(b, b->has_cursor ? &b->cursor : NULL, &b->checked[n]);
                b->has_cursor = r >= 0;
                if (r < 0)
                        break;
                b->cursor = b->checked[n++];
        }
        b->object->bss->run.records = n;
        if (n > 0)
                (void)run(b->object->progs.check_births.prog_fd);
}
