/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/directories.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define RUNTIME_DIRECTORY "/run/nsorphand"
#define STATE_DIRECTORY   "/var/lib/nsorphand"
#define SOCKET_NAME       "io.nsorphan.Scanner"
#define STATE_NAME        "ledger.json"

/* The first of a list that systemd gave us (systemd.exec(5)), or @usual, which is made if needed.
 */
static int directory_of(const char *variable, const char *usual, mode_t mode, char **ret,
                        struct error *error)
{
        const char *given = getenv(variable);
        char *path;

        if (given && *given == '/')
                path = strndup(given, strcspn(given, ":"));
        else {
                if (mkdir(usual, mode) < 0 && errno != EEXIST)
                        return error_set_errno(error, errno, "Can't make the directory %s", usual);
                path = strdup(usual);
        }
        if (!path)
                return error_oom(error);
        *ret = path;
        return 0;
}

static int join(const char *directory, const char *name, char **ret, struct error *error)
{
        char *path;

        if (asprintf(&path, "%s/%s", directory, name) < 0)
                return error_oom(error);
        *ret = path;
        return 0;
}

int socket_path(const struct config *config, char **ret, struct error *error)
{
        _cleanup_free_ char *directory = NULL;

        if (config->socket) {
                *ret = strdup(config->socket);
                return *ret ? 0 : error_oom(error);
        }
        int r = directory_of("RUNTIME_DIRECTORY", RUNTIME_DIRECTORY, 0755, &directory, error);
        return r < 0 ? r : join(directory, SOCKET_NAME, ret, error);
}

int state_file_path(const struct config *config, char **ret, struct error *error)
{
        _cleanup_free_ char *directory = NULL;

        if (config->state_directory)
                return join(config->state_directory, STATE_NAME, ret, error);
        int r = directory_of("STATE_DIRECTORY", STATE_DIRECTORY, 0700, &directory, error);
        return r < 0 ? r : join(directory, STATE_NAME, ret, error);
}
