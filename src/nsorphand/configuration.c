/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/configuration.h"

#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "nsorphand/configuration-files.h"
#include "util/file.h"
#include "util/text.h"

/* Far more than anybody writes; keeps a mistaken --config=/dev/sda short. */
#define FILE_SIZE_MAX (1024 * 1024)

static void strings_free(char **list)
{
        for (size_t i = 0; list && list[i]; i++)
                free(list[i]);
        free(list);
}

struct config *configuration_free(struct config *c)
{
        if (!c)
                return NULL;
        strings_free(c->ignore_units);
        strings_free(c->ignore_executables);
        strings_free(c->ignore_namespaces);
        free(c->socket);
        free(c->metrics_socket);
        free(c->group);
        free(c->state_directory);
        free(c);
        return NULL;
}

static int key_assign(struct config *c, const struct config_key *key, const char *value,
                      struct error *error)
{
        return key->parse(key, value, (char *)c + key->offset, error);
}

int configuration_new(struct config **ret, struct error *error)
{
        _cleanup_(configuration_freep) struct config *c = calloc(1, sizeof(*c));
        if (!c)
                return error_oom(error);
        for (size_t i = 0; i < n_configuration_keys; i++) {
                int r = key_assign(c, &configuration_keys[i], configuration_keys[i].default_value,
                                   error);
                if (r == -ENOMEM)
                        return error_oom(error);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(c);
        return 0;
}

struct parser {
        struct config *config;
        const char *path;
        const char *p, *end;
        unsigned line;
        configuration_warning_fn warn;
        void *userdata;
        int result;
};

static void _printf_(2, 3) parser_warn(struct parser *parser, const char *format, ...)
{
        char text[600], line[1024];
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        (void)snprintf(line, sizeof(line), "%s:%u: %s", parser->path, parser->line, text);
        parser->warn(line, parser->userdata);
}

/* Gives inih one line at a time. We cut lines ourselves because inih would hand us the rest of an
 * overlong line as a line of its own, tell no line numbers, and take an indented line for the
 * continuation of the value before it, which systemd's files do not know. */
static char *read_line(char *buffer, int size, void *userdata)
{
        struct parser *parser = userdata;

        if (parser->p == parser->end)
                return NULL;
        const char *newline = memchr(parser->p, '\n', (size_t)(parser->end - parser->p));
        const char *stop = newline ? newline : parser->end;
        const char *start = parser->p;
        parser->p = newline ? newline + 1 : stop;
        parser->line++;

        while (start < stop && (*start == ' ' || *start == '\t'))
                start++;
        size_t length = (size_t)(stop - start);
        if (length + 2 > (size_t)size) {
                parser_warn(parser, "Line is longer than %d bytes, ignoring", size - 2);
                length = 0;
        }
        if (length > 0 && !strchr("[#;\r", *start) && !memchr(start, '=', length)) {
                parser_warn(parser, "Neither a section, nor Key=value, nor a comment, ignoring");
                length = 0;
        }
        if (length > 0 && *start == '[' && !memchr(start, ']', length)) {
                parser_warn(parser, "Section without closing bracket, ignoring");
                length = 0;
        }
        memcpy(buffer, start, length);
        strcpy(buffer + length, "\n");
        return buffer;
}

static int on_assignment(void *userdata, const char *section, const char *name, const char *value)
{
        struct parser *parser = userdata;
        struct error error = {};

        if (parser->result < 0)
                return 1;
        for (size_t i = 0; i < n_configuration_keys; i++) {
                const struct config_key *key = &configuration_keys[i];
                if (strcmp(key->section, section) != 0 || strcmp(key->name, name) != 0)
                        continue;
                int r = key_assign(parser->config, key, value, &error);
                if (r == -ENOMEM) {
                        parser->result = r;
                        return 1;
                }
                if (r < 0) {
                        _cleanup_free_ char *shown = text_escape_string(value);
                        parser_warn(parser, "Bad value \"%.200s\" of %s=: %s, ignoring",
                                    text_or(shown, ""), name, error.text);
                }
                return 1;
        }
        if (strcmp(section, "Ignore") == 0 && strcmp(name, "Command") == 0) {
                parser_warn(parser, "Command= ignores nothing any more, since every process may "
                                    "call itself as it likes: use Executable= or Unit=, ignoring");
                return 1;
        }
        _cleanup_free_ char *shown_section = text_escape_string(section);
        _cleanup_free_ char *shown_name = text_escape_string(name);
        parser_warn(parser, "Unknown key %s= in section [%s], ignoring", text_or(shown_name, ""),
                    text_or(shown_section, ""));
        return 1;
}

int configuration_parse(struct config *c, const char *path, const char *text, size_t size,
                        configuration_warning_fn warn, void *userdata, struct error *error)
{
        struct parser parser = {c, path, text, text + size, 0, warn, userdata, 0};

        if (memchr(text, '\0', size))
                return error_set(error, EINVAL, "%s is not a text file", path);
        int r = ini_parse_stream(read_line, &parser, on_assignment, &parser);
        if (parser.result < 0 || r < 0)
                return error_oom(error);
        return 0;
}

static int parse_file(struct config *c, const char *path, configuration_warning_fn warn,
                      void *userdata, struct error *error)
{
        _cleanup_free_ char *text = NULL;
        struct stat st;
        size_t size;

        /* Nothing that could make us wait: a mask is a link to /dev/null, and a FIFO never ends. */
        if (stat(path, &st) < 0)
                return error_set_errno(error, errno, "Failed to read configuration file %s", path);
        if (S_ISCHR(st.st_mode))
                return 0;
        if (!S_ISREG(st.st_mode))
                return error_set(error, EINVAL,
                                 "Failed to read configuration file %s: it is not a regular file",
                                 path);
        int r = file_read_at(AT_FDCWD, path, FILE_SIZE_MAX, &text, &size);
        if (r < 0)
                return error_set_errno(error, r, "Failed to read configuration file %s", path);
        return configuration_parse(c, path, text, size, warn, userdata, error);
}

int configuration_load(const struct config_source *source, configuration_warning_fn warn,
                       void *userdata, struct config **ret, struct error *error)
{
        _cleanup_(configuration_freep) struct config *c = NULL;
        _cleanup_(configuration_files_deinit) struct config_files files = {};

        int r = configuration_new(&c, error);
        if (r < 0)
                return r;
        r = configuration_files_find(&files, source->root, source->file, error);
        if (r < 0)
                return r;
        for (size_t i = 0; i < files.n; i++) {
                r = parse_file(c, files.paths[i], warn, userdata, error);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(c);
        return 0;
}
