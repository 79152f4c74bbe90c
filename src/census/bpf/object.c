/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#pragma GCC diagnostic push
#include "census/bpf/skeleton.h"

#include "census/bpf/files.lskel.h"
#include "census/bpf/inet.lskel.h"
#include "census/bpf/links.lskel.h"
#include "census/bpf/mounts.lskel.h"
#include "census/bpf/namespaces.lskel.h"
#include "census/bpf/tasks.lskel.h"
#include "census/bpf/unix.lskel.h"
#pragma GCC diagnostic pop

static void map_sized(struct bpf_map_desc *desc, const struct phase_map *map)
{
        desc->max_entries = map->entries;
}

/* Opens and loads the object @o_ of phase @p_; what differs from one to the next comes after. */
#define OBJECT_LOAD(name_, p_, o_, map_size_, rest_)                                               \
        do {                                                                                       \
                struct name_##_object *o_ = name_##_object__open();                                \
                if (!o_)                                                                           \
                        return -ENOMEM;                                                            \
                map_size_;                                                                         \
                errno = 0;                                                                         \
                int r_ = name_##_object__load(o_);                                                 \
                if (r_ < 0) {                                                                      \
                        name_##_object__destroy(o_);                                               \
                        return r_;                                                                 \
                }                                                                                  \
                (p_)->skeleton = o_;                                                               \
                (p_)->run = &o_->bss->run;                                                         \
                rest_;                                                                             \
        } while (0)

static int load_namespaces(struct phase *p)
{
        OBJECT_LOAD(namespaces, p, o, map_sized(&o->maps.namespaces, &p->maps[MAP_RECORDS]), {
                p->program_fd = o->progs.walk_namespaces.prog_fd;
                p->maps[MAP_RECORDS].fd = o->maps.namespaces.map_fd;
        });
        return 0;
}

static int load_tasks(struct phase *p)
{
        OBJECT_LOAD(
                tasks, p, o,
                {
                        map_sized(&o->maps.proxies, &p->maps[TASKS_PROXIES]);
                        map_sized(&o->maps.proxy_slots, &p->maps[TASKS_SLOTS]);
                        map_sized(&o->maps.tasks, &p->maps[TASKS_LIST]);
                },
                {
                        p->program_fd = o->progs.walk_tasks.prog_fd;
                        p->maps[TASKS_PROXIES].fd = o->maps.proxies.map_fd;
                        p->maps[TASKS_SLOTS].fd = o->maps.proxy_slots.map_fd;
                        p->maps[TASKS_LIST].fd = o->maps.tasks.map_fd;
                        p->words.restart = &o->bss->restart;
                        p->words.tasks_room = &o->bss->tasks_room;
                        p->words.n_tasks = &o->bss->n_tasks;
                        p->words.n_processes = (uint64_t *)&o->bss->n_processes;
                        p->words.n_threads = (uint64_t *)&o->bss->n_threads;
                });
        return 0;
}

/* The phases that look for holders have two maps in common. */
#define HOLDERS_SIZES(o_, p_)                                                                      \
        do {                                                                                       \
                map_sized(&(o_)->maps.holders, &(p_)->maps[HOLDERS_RECORDS]);                      \
                map_sized(&(o_)->maps.wanted, &(p_)->maps[HOLDERS_WANTED]);                        \
        } while (0)
#define HOLDERS_MAPS(o_, p_)                                                                       \
        do {                                                                                       \
                (p_)->maps[HOLDERS_RECORDS].fd = (o_)->maps.holders.map_fd;                        \
                (p_)->maps[HOLDERS_WANTED].fd = (o_)->maps.wanted.map_fd;                          \
                (p_)->words.want_sockets = &(o_)->bss->want_sockets;                               \
        } while (0)

static int load_files(struct phase *p)
{
        OBJECT_LOAD(
                files, p, o,
                {
                        HOLDERS_SIZES(o, p);
                        map_sized(&o->maps.tables, &p->maps[HOLDERS_TABLES]);
                },
                {
                        HOLDERS_MAPS(o, p);
                        p->program_fd = o->progs.walk_files.prog_fd;
                        p->maps[HOLDERS_TABLES].fd = o->maps.tables.map_fd;
                        p->words.restart = &o->bss->restart;
                        p->words.n_files = (uint64_t *)&o->bss->n_files;
                });
        return 0;
}

static int load_unix(struct phase *p)
{
        OBJECT_LOAD(unix, p, o, HOLDERS_SIZES(o, p), {
                HOLDERS_MAPS(o, p);
                p->program_fd = o->progs.walk_unix.prog_fd;
                p->words.restart = &o->bss->restart;
        });
        return 0;
}

static int load_inet(struct phase *p)
{
        OBJECT_LOAD(inet, p, o, HOLDERS_SIZES(o, p), {
                HOLDERS_MAPS(o, p);
                p->program_fd = o->progs.walk_inet.prog_fd;
                p->words.restart = &o->bss->restart;
        });
        return 0;
}

static int load_mounts(struct phase *p)
{
        OBJECT_LOAD(mounts, p, o, HOLDERS_SIZES(o, p), {
                HOLDERS_MAPS(o, p);
                p->program_fd = o->progs.walk_mounts.prog_fd;
        });
        return 0;
}

static int load_links(struct phase *p)
{
        OBJECT_LOAD(links, p, o, HOLDERS_SIZES(o, p), {
                HOLDERS_MAPS(o, p);
                p->program_fd = o->progs.walk_links.prog_fd;
        });
        return 0;
}

static const struct {
        int (*load)(struct phase *p);
} objects[_PHASE_MAX] = {
        [PHASE_NAMESPACES] = {load_namespaces},
        [PHASE_TASKS] = {load_tasks},
        [PHASE_FILES] = {load_files},
        [PHASE_UNIX] = {load_unix},
        [PHASE_INET] = {load_inet},
        [PHASE_MOUNTS] = {load_mounts},
        [PHASE_LINKS] = {load_links},
};

int object_load(struct phase *p)
{
        return objects[p->name].load(p);
}

void object_unload(struct phase *p)
{
        switch (p->name) {
        case PHASE_NAMESPACES:
                namespaces_object__destroy(p->skeleton);
                break;
        case PHASE_TASKS:
                tasks_object__destroy(p->skeleton);
                break;
        case PHASE_FILES:
                files_object__destroy(p->skeleton);
                break;
        case PHASE_UNIX:
                unix_object__destroy(p->skeleton);
                break;
        case PHASE_INET:
                inet_object__destroy(p->skeleton);
                break;
        case PHASE_MOUNTS:
                mounts_object__destroy(p->skeleton);
                break;
        case PHASE_LINKS:
                links_object__destroy(p->skeleton);
                break;
        default:
                break;
        }
        p->skeleton = NULL;
}
