/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/silence-file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/file.h"
#include "util/json-load.h"
#include "util/text.h"

#define VERSION  1
#define FILE_MAX (4 * RT_SAVE_MAX)

/* Interfaces are read by rt_network_read(), so a plan has no more. */
#define LINKS_MAX 1024

static int format_path(const char *directory, const struct netns_identity *id, char **ret)
{
        if (asprintf(ret, "%s/%" PRIu64 "-%" PRIu64, directory, id->inode, id->cookie) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

static json_t *encode_bytes(const char *bytes, size_t n)
{
        static const char digits[] = "0123456789abcdef";
        _cleanup_free_ char *text = malloc(2 * n + 1);

        if (!text)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                text[2 * i] = digits[(unsigned char)bytes[i] >> 4];
                text[2 * i + 1] = digits[bytes[i] & 15];
        }
        text[2 * n] = '\0';
        return json_string(text);
}

static int decode_bytes(const char *text, struct rt_save *ret)
{
        size_t n = strlen(text);

        if (n % 2 != 0 || n / 2 > RT_SAVE_MAX || strspn(text, "0123456789abcdef") != n)
                return -EBADMSG;
        for (size_t i = 0; i < n; i += 2) {
                char byte = (char)(text_hex_digit(text[i]) << 4 | text_hex_digit(text[i + 1]));
                text_buffer_add(&ret->messages, &byte, 1);
        }
        if (ret->messages.failed)
                return -ENOMEM;
        return rt_save_is_valid(ret) ? 0 : -EBADMSG;
}

static json_t *encode_link(const struct silence_link *l)
{
        json_t *lost = encode_bytes(l->lost.messages.text, l->lost.messages.n);

        if (!lost)
                return NULL;
        return json_pack("{s:b,s:b,s:I,s:I,s:i,s:s,s:s,s:o}", "far", l->far, "here", l->here,
                         "inode", (json_int_t)l->netns.inode, "cookie", (json_int_t)l->netns.cookie,
                         "index", l->index, "name", l->name, "insideName", l->inside_name, "lost",
                         lost);
}

static int decode_link(const json_t *object, struct silence_link *l)
{
        const char *name, *inside_name, *lost;
        json_int_t inode, cookie;
        int far, here;

        if (json_unpack((json_t *)object, "{s:b,s:b,s:I,s:I,s:i,s:s,s:s,s:s}", "far", &far, "here",
                        &here, "inode", &inode, "cookie", &cookie, "index", &l->index, "name",
                        &name, "insideName", &inside_name, "lost", &lost) < 0 ||
            l->index <= 0)
                return -EBADMSG;
        l->far = far;
        l->here = here;
        l->netns.inode = (uint64_t)inode;
        l->netns.cookie = (uint64_t)cookie;
        /* Escaped when they were written; whatever else is in the file is not printed raw. */
        if (!text_is_printable(name) || !text_is_printable(inside_name))
                return -EBADMSG;
        l->name = strdup(name);
        l->inside_name = strdup(inside_name);
        return l->name && l->inside_name ? decode_bytes(lost, &l->lost) : -ENOMEM;
}

static json_t *encode(const struct silence *s)
{
        json_auto_t *links = json_array();

        for (size_t i = 0; links && i < s->n_links; i++)
                if (json_array_append_new(links, encode_link(&s->links[i])) < 0)
                        return NULL;
        return links ? json_pack("{s:i,s:I,s:O}", "nsorphanSilenced", VERSION, "sinceUSec",
                                 (json_int_t)s->since_usec, "links", links)
                     : NULL;
}

static int decode(const json_t *object, struct silence *s)
{
        json_int_t since;
        json_t *links;
        int version;

        if (json_unpack((json_t *)object, "{s:i,s:I,s:o}", "nsorphanSilenced", &version,
                        "sinceUSec", &since, "links", &links) < 0 ||
            version != VERSION || !json_is_array(links) || json_array_size(links) > LINKS_MAX)
                return -EBADMSG;
        s->since_usec = (uint64_t)since;
        s->links = calloc(json_array_size(links) + 1, sizeof(*s->links));
        if (!s->links)
                return -ENOMEM;
        for (size_t i = 0; i < json_array_size(links); i++) {
                int r = decode_link(json_array_get(links, i), &s->links[s->n_links++]);
                if (r < 0)
                        return r;
        }
        return 0;
}

int silence_file_save(const char *directory, const struct silence *s, struct error *error)
{
        _cleanup_free_ char *path = NULL, *text = NULL;
        json_auto_t *json = encode(s);

        if (json)
                text = json_dumps(json, JSON_COMPACT);
        if (!text || format_path(directory, &s->netns, &path) < 0)
                return error_oom(error);
        /* What cannot be read back cannot be undone. */
        if (strlen(text) > FILE_MAX)
                return error_set(error, EFBIG,
                                 "It has more addresses and routes than can be kept for --undo");
        if (mkdir(directory, 0700) < 0 && errno != EEXIST)
                return error_set_errno(error, errno, "Failed to make %s", directory);
        if (access(path, F_OK) == 0)
                return error_set(error, EEXIST, "It is silenced already, as %s says", path);
        int r = file_replace(path, text, strlen(text));
        return r < 0 ? error_set_errno(error, -r, "Failed to write %s", path) : 0;
}

int silence_file_load(const char *directory, const struct netns_identity *id, struct silence *ret,
                      struct error *error)
{
        _cleanup_free_ char *path = NULL, *text = NULL;
        _cleanup_(silence_deinit) struct silence s = {.netns = *id};
        size_t n;

        if (format_path(directory, id, &path) < 0)
                return error_oom(error);
        int r = file_read_at(AT_FDCWD, path, FILE_MAX, &text, &n);
        if (r == -ENOENT)
                return error_set(error, ENOENT, "It was not silenced, or that was undone already");
        if (r < 0)
                return error_set_errno(error, -r, "Failed to read %s", path);
        json_auto_t *json = NULL;
        r = json_load(text, n, &json);
        if (r >= 0)
                r = decode(json, &s);
        if (r == -ENOMEM)
                return error_oom(error);
        if (r < 0)
                return error_set(error, EBADMSG, "%s is not a file of nsorphanctl silence", path);
        *ret = s;
        s = (struct silence){};
        return 0;
}

int silence_file_remove(const char *directory, const struct netns_identity *id, struct error *error)
{
        _cleanup_free_ char *path = NULL;

        if (format_path(directory, id, &path) < 0)
                return error_oom(error);
        return unlink(path) < 0 ? error_set_errno(error, errno, "Failed to remove %s", path) : 0;
}
