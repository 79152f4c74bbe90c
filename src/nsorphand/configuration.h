/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's configuration: one table of keys that the parser, the manual page and the tests
 * read, and the value that comes out of it. Main thread; a value once loaded is only read. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "census/scan.h"
#include "util/error.h"
#include "util/macro.h"

#define CONFIG_INTERVAL_AUTO UINT64_MAX

struct config {
        enum scan_source source;
        uint64_t interval_usec;    /* CONFIG_INTERVAL_AUTO: as the source has it */
        uint64_t cross_check_usec; /* UINT64_MAX: never */
        bool deep;
        unsigned threads;
        bool trigger;
        bool idle_priority;
        uint64_t stuck_usec;

        uint64_t grace_usec;
        uint64_t repeat_usec; /* UINT64_MAX: never */
        unsigned max_per_minute;
        bool unnamed, stray_threads;

        char **ignore_units;       /* globs, NULL-terminated; NULL for none */
        char **ignore_executables; /* absolute paths, likewise */
        char **ignore_namespaces;

        enum birth_trace trace; /* of which sockets births are noted */

        char *socket;         /* NULL: the place in $RUNTIME_DIRECTORY */
        char *metrics_socket; /* NULL: none */
        char *group;          /* who may read besides root; NULL: nobody */
        unsigned connections_max;
        unsigned connections_per_user_max;

        char *state_directory; /* NULL: $STATE_DIRECTORY */
};

struct config_key {
        const char *section;
        const char *name;
        /* Stores @value at @field; 0, -ENOMEM, or -EINVAL with what would be right in @error. */
        int (*parse)(const struct config_key *key, const char *value, void *field,
                     struct error *error);
        size_t offset; /* in struct config */
        const char *default_value;
        const char *documentation; /* a sentence or more, plain text */
        uint64_t min, max;         /* bounds of numbers and time spans */
        const char *const *names;  /* of a boolean that is a choice: {no, yes} */
};

extern const struct config_key configuration_keys[];
extern const size_t n_configuration_keys;

/* Called for everything that is wrong but does not stop us; @text names the file and line, and what
 * is in force instead. */
typedef void (*configuration_warning_fn)(const char *text, void *userdata);

/* Where configuration is looked for. */
struct config_source {
        const char *file; /* --config=: read this and the drop-ins in FILE.d instead, or NULL */
        const char *root; /* prefix of the standard directories (tests), or NULL */
};

/* All defaults. 0 or -ENOMEM. */
int configuration_new(struct config **ret, struct error *error);
struct config *configuration_free(struct config *c);
DEFINE_CLEANUP(struct config *, configuration_free);

/* Reads all files of @source over the defaults. An unknown key or bad value is a warning and keeps
 * what was in force; a file that cannot be read is an error and the sentence in @error. */
int configuration_load(const struct config_source *source, configuration_warning_fn warn,
                       void *userdata, struct config **ret, struct error *error);

/* Parses one file's bytes into @c. @path is only for warnings. 0, or -ENOMEM, or -EINVAL for
 * something that is no text. Pure. */
int configuration_parse(struct config *c, const char *path, const char *text, size_t size,
                        configuration_warning_fn warn, void *userdata, struct error *error);
