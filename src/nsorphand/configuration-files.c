/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/configuration-files.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"
#include "util/array.h"
#include "util/text.h"

#define MAIN_FILE "nsorphand/nsorphand.conf"

static const char *const directories[] = {NSORPHAND_SYSCONFDIR, "/run", "/usr/local/lib",
                                          "/usr/lib"};

void configuration_files_deinit(struct config_files *files)
{
        for (size_t i = 0; i < files->n; i++)
                free(files->paths[i]);
        free(files->paths);
        *files = (struct config_files){};
}

/* Takes @path, also when it fails. */
static int files_add(struct config_files *files, char *path)
{
        char **grown = path ? array_grow(files->paths, files->n, sizeof(char *)) : NULL;
        if (!grown) {
                free(path);
                return -ENOMEM;
        }
        files->paths = grown;
        files->paths[files->n++] = path;
        return 0;
}

static const char *base_name(const char *path)
{
        return strrchr(path, '/') + 1;
}

static bool files_have_name(const struct config_files *files, const char *name)
{
        for (size_t i = 0; i < files->n; i++)
                if (strcmp(base_name(files->paths[i]), name) == 0)
                        return true;
        return false;
}

static void closedirp(DIR **d)
{
        if (*d)
                (void)closedir(*d);
}

/* Adds what no directory before had. A directory that is not there has no drop-ins. */
static int add_drop_ins(struct config_files *files, const char *directory, struct error *error)
{
        _cleanup_(closedirp) DIR *d = opendir(directory);
        if (!d) {
                if (errno == ENOENT || errno == ENOTDIR)
                        return 0;
                return error_set_errno(error, errno, "Failed to read configuration directory %s",
                                       directory);
        }
        for (;;) {
                errno = 0;
                const struct dirent *entry = readdir(d);
                if (!entry) {
                        if (errno != 0)
                                return error_set_errno(error, errno,
                                                       "Failed to read configuration directory %s",
                                                       directory);
                        return 0;
                }
                size_t length = strlen(entry->d_name);
                char *path;
                if (entry->d_name[0] == '.' || length <= strlen(".conf") ||
                    strcmp(entry->d_name + length - strlen(".conf"), ".conf") != 0 ||
                    files_have_name(files, entry->d_name))
                        continue;
                if (asprintf(&path, "%s/%s", directory, entry->d_name) < 0 ||
                    files_add(files, path) < 0)
                        return error_oom(error);
        }
}

static int compare_base_names(const void *a, const void *b)
{
        return strcmp(base_name(*(char *const *)a), base_name(*(char *const *)b));
}

static int add_main(struct config_files *files, const char *root, struct error *error)
{
        for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
                _cleanup_free_ char *path = NULL;
                if (asprintf(&path, "%s%s/" MAIN_FILE, text_or(root, ""), directories[i]) < 0) {
                        path = NULL;
                        return error_oom(error);
                }
                struct stat st;
                if (stat(path, &st) < 0) {
                        if (errno == ENOENT || errno == ENOTDIR)
                                continue;
                        return error_set_errno(error, errno, "Failed to read configuration file %s",
                                               path);
                }
                return files_add(files, TAKE_PTR(path)) < 0 ? error_oom(error) : 0;
        }
        return 0;
}

static int add_all_drop_ins(struct config_files *files, const char *root, const char *file,
                            struct error *error)
{
        for (size_t i = 0; i < (file ? 1 : ARRAY_SIZE(directories)); i++) {
                _cleanup_free_ char *path = NULL;
                int r = file ? asprintf(&path, "%s.d", file)
                             : asprintf(&path, "%s%s/" MAIN_FILE ".d", text_or(root, ""),
                                        directories[i]);
                if (r < 0) {
                        path = NULL;
                        return error_oom(error);
                }
                r = add_drop_ins(files, path, error);
                if (r < 0)
                        return r;
        }
        return 0;
}

int configuration_files_find(struct config_files *ret, const char *root, const char *file,
                             struct error *error)
{
        _cleanup_(configuration_files_deinit) struct config_files files = {}, drop_ins = {};
        int r;

        if (file)
                r = files_add(&files, *file == '/' ? strdup(file) : realpath(file, NULL));
        else
                r = add_main(&files, root, error);
        if (r < 0)
                return file ? error_set_errno(error, errno, "Failed to read configuration file %s",
                                              file)
                            : r;
        r = add_all_drop_ins(&drop_ins, root, file, error);
        if (r < 0)
                return r;
        if (drop_ins.n > 0)
                qsort(drop_ins.paths, drop_ins.n, sizeof(char *), compare_base_names);
        for (size_t i = 0; i < drop_ins.n; i++)
                if (files_add(&files, TAKE_PTR(drop_ins.paths[i])) < 0)
                        return error_oom(error);
        *ret = files;
        files = (struct config_files){};
        return 0;
}
