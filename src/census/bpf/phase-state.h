/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What there is of one program: phase.h is what can be done with it. */

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
