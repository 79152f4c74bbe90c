/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One BPF program, loaded, with the maps that it and we both have in memory: a walk over something
 * in the kernel, made in runs of some milliseconds each. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "census/bpf/record.h"
#include "census/scan-progress.h"
#include "util/macro.h"

/* Each has its object file. */
enum phase_name {
        PHASE_NAMESPACES,
        PHASE_TASKS,
        PHASE_FILES,
        PHASE_UNIX,
        PHASE_INET,
        PHASE_MOUNTS,
        PHASE_LINKS,
        _PHASE_MAX,
};

#define PHASE_MAPS_MAX 3

struct phase_map {
        unsigned entries; /* asked for; grows */
        size_t entry_size;
        int fd;
        void *memory;
};

/* What a program is told and says beside struct run; NULL where it has none of it. */
struct phase_words {
        uint32_t *restart;
        uint32_t *tasks_room, *n_tasks;
        uint32_t *want_sockets;
        uint64_t *n_processes, *n_threads, *n_files;
};

struct phase {
        enum phase_name name;
        bool loaded;
        void *skeleton;
        int program_fd;
        struct run *run;
        struct phase_words words;
        struct phase_map maps[PHASE_MAPS_MAX];
        uint64_t run_nsec;   /* how long one run may take */
        unsigned grown;      /* how often it was loaded anew, with more room */
        uint32_t generation; /* of the slots that count in the next walk */
        struct scan_progress
                *progress; /* beats after each run, and may cancel; NULL: no one watches */
};

/* The maps of each phase. */
enum { MAP_RECORDS = 0 };
enum { TASKS_PROXIES = 0, TASKS_SLOTS = 1, TASKS_LIST = 2 };
enum { HOLDERS_RECORDS = 0, HOLDERS_WANTED = 1, HOLDERS_TABLES = 2 };

/* Not loaded; the sizes of its maps are the smallest. */
void phase_init(struct phase *p, enum phase_name name);
void phase_deinit(struct phase *p); /* may be repeated */

/* Loads the program if it is not. 0, or the negative errno of the kernel: -EPERM may not, -EINVAL,
 * -EACCES refused by the verifier, -ENOSYS, -ESRCH no BTF, -ENOMEM. */
int phase_load(struct phase *p);

/* Has slots of a table forgotten before the next walk. */
void phase_forget(struct phase *p);

/* Adds an address to the slots of @map. 0, or -ENOBUFS: grow. */
int phase_want(struct phase *p, unsigned map, uint64_t address);

/* Makes the whole walk, in as many runs as it takes. 0 when it came to its end; -ENOBUFS when a map
 * is full: phase_grow(), fill the slots anew and walk again; -EAGAIN when the kernel's lists
 * changed faster than could be followed; -ETIMEDOUT; -ECANCELED; or the negative errno of bpf(2).
 */
int phase_walk(struct phase *p);

/* Loads the program anew with larger maps; their content is gone. 0, -E2BIG at the limit, or as
 * phase_load(). */
int phase_grow(struct phase *p);

/* How many records the last walk made. */
static inline unsigned phase_records(const struct phase *p)
{
        return p->run->records;
}

const char *phase_to_string(enum phase_name name);

/* For object.c: loads the object of @p with the sizes of its maps, and fills in the rest. */
int object_load(struct phase *p);
void object_unload(struct phase *p);
