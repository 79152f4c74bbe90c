/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/directories.h"

#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "util/lock-file.h"
#include "util/product.h"

#define STATE_NAME      "ledger.json"
#define STATE_LOCK_NAME "lock"

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
                        return error_set_errno(error, errno, "Failed to make the directory %s",
                                               usual);
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

int directories_socket_path(const struct config *config, char **ret, struct error *error)
{
        _cleanup_free_ char *directory = NULL;

        if (config->socket) {
                *ret = strdup(config->socket);
                return *ret ? 0 : error_oom(error);
        }
        int r = directory_of("RUNTIME_DIRECTORY", PRODUCT_RUN_DIRECTORY, 0755, &directory, error);
        return r < 0 ? r : join(directory, PRODUCT_INTERFACE, ret, error);
}

int directories_state_file(const struct config *config, char **ret, struct error *error)
{
        _cleanup_free_ char *directory = NULL;

        if (config->state_directory)
                return join(config->state_directory, STATE_NAME, ret, error);
        int r = directory_of("STATE_DIRECTORY", PRODUCT_STATE_DIRECTORY, 0700, &directory, error);
        return r < 0 ? r : join(directory, STATE_NAME, ret, error);
}

int directories_lock_state(const char *state_file, int *ret_fd, struct error *warning,
                           struct error *error)
{
        const char *slash = strrchr(state_file, '/');
        _cleanup_free_ char *directory =
                strndup(state_file, MAX((size_t)(slash - state_file), (size_t)1));

        if (!directory)
                return error_oom(error);
        int fd = lock_file_take(directory, STATE_LOCK_NAME, LOCK_EX, 0);
        if (fd == -ENOENT && mkdir(directory, 0700) >= 0)
                fd = lock_file_take(directory, STATE_LOCK_NAME, LOCK_EX, 0);
        if (fd == -EWOULDBLOCK)
                return error_set(error, EADDRINUSE,
                                 "Another nsorphand uses the state directory %s; stop it first, or "
                                 "set another Directory= in [State]",
                                 directory);
        if (fd == -EPERM)
                return error_set(error, EPERM,
                                 "The state directory %s, or the file \"" STATE_LOCK_NAME
                                 "\" in it, can be written to by others than root; make it root's "
                                 "own: chown root, chmod 700",
                                 directory);
        if (fd < 0)
                (void)error_set_errno(
                        warning, fd,
                        "Failed to lock the state directory %s, continuing without a lock",
                        directory);
        *ret_fd = fd;
        return 0;
}
