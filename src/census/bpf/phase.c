/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/phase.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "census/bpf/object.h"
#include "util/clock.h"

/* One run is one RCU section of the kernel; it ends well below 5 ms, also on a slow machine. */
#define RUN_NSEC UINT64_C(2000000)
/* No walk takes so long, unless something is wrong. */
#define WALK_USEC    (20 * USEC_PER_SEC)
#define RESTARTS_MAX 16
#define GROWTH       4
/* Four million namespaces or tasks are a host of another kind. Of holders, a part is enough: what
 * is not accounted for is counted. */
#define ENTRIES_MAX (1U << 22)
#define HOLDERS_MAX (1U << 17)

static const struct {
        const char *text;
        struct {
                size_t size;
                unsigned entries; /* at first; slots are a power of two */
        } maps[PHASE_MAPS_MAX];
} phases[_PHASE_MAX] = {
        [PHASE_NAMESPACES] = {"namespaces", {{sizeof(struct net_record), 1024}}},
        [PHASE_TASKS] = {"tasks",
                         {{sizeof(struct proxy_record), 1024},
                          {sizeof(struct slot), 1024 * SLOT_SPARE},
                          {sizeof(struct task_record), 1}}},
        [PHASE_FILES] = {"files",
                         {{sizeof(struct holder_record), 256},
                          {sizeof(struct slot), 256},
                          {sizeof(struct slot), 2048}}},
        [PHASE_UNIX] = {"unix", {{sizeof(struct holder_record), 256}, {sizeof(struct slot), 256}}},
        [PHASE_INET] = {"inet", {{sizeof(struct holder_record), 256}, {sizeof(struct slot), 256}}},
        [PHASE_MOUNTS] = {"mounts",
                          {{sizeof(struct holder_record), 64}, {sizeof(struct slot), 256}}},
        [PHASE_LINKS] = {"links", {{sizeof(struct holder_record), 64}, {sizeof(struct slot), 256}}},
};

const char *phase_to_string(enum phase_name name)
{
        return phases[name].text;
}

static int sys_bpf(int command, union bpf_attr *attr)
{
        return syscall(SYS_bpf, command, attr, sizeof(*attr)) < 0 ? negative_errno() : 0;
}

void phase_init(struct phase *p, enum phase_name name)
{
        *p = (struct phase){.name = name, .run_nsec = RUN_NSEC, .program_fd = -EBADF};
        for (unsigned i = 0; i < PHASE_MAPS_MAX; i++) {
                p->maps[i].entry_size = phases[name].maps[i].size;
                p->maps[i].entries = phases[name].maps[i].entries;
                p->maps[i].fd = -EBADF;
        }
}

static size_t map_bytes(const struct phase_map *map)
{
        size_t page = (size_t)sysconf(_SC_PAGESIZE);

        return (map->entries * map->entry_size + page - 1) / page * page;
}

void phase_deinit(struct phase *p)
{
        for (unsigned i = 0; i < PHASE_MAPS_MAX; i++) {
                if (p->maps[i].memory)
                        (void)munmap(p->maps[i].memory, map_bytes(&p->maps[i]));
                p->maps[i].memory = NULL;
                p->maps[i].fd = -EBADF;
        }
        if (p->skeleton)
                object_unload(p);
        p->run = NULL;
        p->words = (struct phase_words){};
        p->loaded = false;
}

/* Addresses in the kernel are in there: no core dump is to have them. */
static int map_into_memory(struct phase_map *map)
{
        void *memory = mmap(NULL, map_bytes(map), PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);

        if (memory == MAP_FAILED)
                return negative_errno();
        (void)madvise(memory, map_bytes(map), MADV_DONTDUMP);
        map->memory = memory;
        return 0;
}

int phase_load(struct phase *p)
{
        if (p->loaded)
                return 0;
        int r = object_load(p);
        if (r < 0)
                return r;
        for (unsigned i = 0; i < PHASE_MAPS_MAX && r >= 0; i++)
                if (p->maps[i].entry_size > 0)
                        r = map_into_memory(&p->maps[i]);
        if (r < 0) {
                phase_deinit(p);
                return r;
        }
        (void)madvise(p->run, (size_t)sysconf(_SC_PAGESIZE), MADV_DONTDUMP);
        p->generation = 1;
        p->loaded = true;
        return 0;
}

void phase_forget(struct phase *p)
{
        if (++p->generation > 0)
                return;
        /* Once in four thousand million. */
        for (unsigned i = 1; i < PHASE_MAPS_MAX; i++)
                if (p->maps[i].memory)
                        memset(p->maps[i].memory, 0, map_bytes(&p->maps[i]));
        p->generation = 1;
}

int phase_want(struct phase *p, unsigned map, uint64_t address)
{
        struct slot *slots = p->maps[map].memory;
        uint32_t at = slot_hash(address, 0);

        for (unsigned i = 0; i < SLOT_PROBES; i++) {
                struct slot *s = &slots[(at + i) & (p->maps[map].entries - 1)];
                if (s->generation == p->generation && (s->key != address || s->key2 != 0))
                        continue;
                *s = (struct slot){.key = address, .generation = p->generation};
                return 0;
        }
        return -ENOBUFS;
}

static int run_raw(struct phase *p)
{
        union bpf_attr attr;

        memset(&attr, 0, sizeof(attr));
        attr.test.prog_fd = (uint32_t)p->program_fd;
        return sys_bpf(BPF_PROG_TEST_RUN, &attr);
}

/* An iterator is run by reading it; what it has to say is in its map. */
static int run_iterator(struct phase *p)
{
        char buffer[256];
        union bpf_attr attr;
        ssize_t n;

        memset(&attr, 0, sizeof(attr));
        attr.link_create.prog_fd = (uint32_t)p->program_fd;
        attr.link_create.attach_type = BPF_TRACE_ITER;
        _cleanup_close_ int link_fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
        if (link_fd < 0)
                return negative_errno();
        memset(&attr, 0, sizeof(attr));
        attr.iter_create.link_fd = (uint32_t)link_fd;
        _cleanup_close_ int fd = (int)syscall(SYS_bpf, BPF_ITER_CREATE, &attr, sizeof(attr));
        if (fd < 0)
                return negative_errno();
        do
                n = read(fd, buffer, sizeof(buffer));
        while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
        return n < 0 ? negative_errno() : 0;
}

static void walk_start(struct phase *p)
{
        struct run *run = p->run;
        unsigned slots = p->name == PHASE_TASKS ? TASKS_SLOTS : HOLDERS_WANTED;

        run->budget_ns = p->run_nsec;
        run->generation = p->generation;
        run->slots_mask = p->maps[slots].entries - 1;
        run->tables_mask = p->maps[HOLDERS_TABLES].entries - 1;
        run->first = 1;
        run->records = 0;
        run->done = run->full = 0;
}

int phase_walk(struct phase *p)
{
        struct run *run = p->run;
        uint64_t start = clock_usec(CLOCK_MONOTONIC);
        unsigned restarts = 0;

        walk_start(p);
        for (;;) {
                int r = p->name == PHASE_LINKS ? run_iterator(p) : run_raw(p);
                if (r < 0)
                        return r;
                if (p->progress) {
                        atomic_fetch_add(&p->progress->beats, 1);
                        if (atomic_load(&p->progress->cancel))
                                return -ECANCELED;
                }
                if (run->full)
                        return -ENOBUFS;
                if (run->done)
                        return 0;
                if (p->words.restart && *p->words.restart) {
                        if (++restarts > RESTARTS_MAX)
                                return -EAGAIN;
                        if (p->name == PHASE_TASKS) { /* nor do its slots count any more */
                                phase_forget(p);
                                run->generation = p->generation;
                        }
                        run->first = 1;
                }
                if (p->name == PHASE_MOUNTS || p->name == PHASE_LINKS)
                        return -EAGAIN; /* one run, and not to its end */
                if (clock_usec(CLOCK_MONOTONIC) - start > WALK_USEC)
                        return -ETIMEDOUT;
        }
}

int phase_grow(struct phase *p)
{
        uint32_t room = p->words.tasks_room ? *p->words.tasks_room : 0;
        bool grows = false;

        phase_deinit(p);
        for (unsigned i = 0; i < PHASE_MAPS_MAX; i++) {
                struct phase_map *map = &p->maps[i];
                unsigned limit =
                        map->entry_size == sizeof(struct holder_record) ? HOLDERS_MAX : ENTRIES_MAX;
                if (map->entries <= 1 || map->entries > limit / GROWTH)
                        continue;
                map->entries *= GROWTH;
                grows = true;
        }
        if (!grows)
                return -E2BIG;
        p->grown++;
        int r = phase_load(p);
        if (r >= 0 && p->words.tasks_room)
                *p->words.tasks_room = room;
        return r;
}
