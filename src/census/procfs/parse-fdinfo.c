/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/parse-fdinfo.h"

#include <fcntl.h>
#include <string.h>

#include "census/procfs/parse.h"

/* include/uapi/linux/fanotify.h, 5.19. */
#define MARK_EVICTABLE 0x200

/* include/linux/exportfs.h: FILEID_NSFS; include/uapi/linux/nsfs.h: struct nsfs_file_handle. */
#define NSFS_HANDLE_TYPE 0xf1
#define NSFS_HANDLE_SIZE 16

/* Text that is taken off its beginning, bit by bit. */
struct rest {
        const char *p, *end;
};

static bool take_text(struct rest *s, const char *text)
{
        size_t n = strlen(text);

        if ((size_t)(s->end - s->p) < n || memcmp(s->p, text, n) != 0)
                return false;
        s->p += n;
        return true;
}

static void take_blanks(struct rest *s)
{
        while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
                s->p++;
}

static int digit_of(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_number(struct rest *s, unsigned base, uint64_t *ret)
{
        const char *start = s->p;
        uint64_t value = 0;
        int digit;

        for (; s->p < s->end && (digit = digit_of(*s->p)) >= 0 && (unsigned)digit < base; s->p++)
                if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
                    __builtin_add_overflow(value, (uint64_t)digit, &value))
                        return false;
        *ret = value;
        return s->p > start;
}

/* The rest of the first line that begins with @key and blanks. */
static bool find_line(const char *text, size_t n, const char *key, struct rest *ret)
{
        const char *end = text + n, *line;
        size_t length;

        while (parse_line(&text, end, &line, &length)) {
                *ret = (struct rest){line, line + length};
                if (take_text(ret, key)) {
                        take_blanks(ret);
                        return true;
                }
        }
        return false;
}

uint64_t parse_fdinfo_scm_fds(const char *text, size_t n)
{
        struct rest s;
        uint64_t value;

        return find_line(text, n, "scm_fds:", &s) && take_number(&s, 10, &value) ? value : 0;
}

bool parse_fdinfo_is_path(const char *text, size_t n)
{
        struct rest s;
        uint64_t flags;

        return find_line(text, n, "flags:", &s) && take_number(&s, 8, &flags) && (flags & O_PATH);
}

bool parse_fdinfo_bpf_link(const char *text, size_t n, const char *type, uint64_t *ret_id)
{
        struct rest s;

        *ret_id = 0;
        if (find_line(text, n, "link_id:", &s) && !take_number(&s, 10, ret_id))
                *ret_id = 0;
        return find_line(text, n, "link_type:", &s) && take_text(&s, type) && s.p == s.end;
}

/* io_uring/fdinfo.c: "UserFiles:\t2", then a line a slot, "    0: socket:[8775]", until the next
 * heading ("UserBufs:"); an empty slot is left out, or shows "<none>" before 6.13. "PollList:",
 * then a line a request, "  op=6, task_works=0". */
bool parse_fdinfo_ring_line(struct fdinfo_ring *r, const char *line, size_t n, const char **ret,
                            size_t *ret_length)
{
        struct rest s = {line, line + n};
        uint64_t slot;

        if (take_text(&s, "UserFiles:")) {
                take_blanks(&s);
                r->has_files = true;
                r->section = FDINFO_RING_FILES;
                if (!take_number(&s, 10, &r->n_slots))
                        r->n_slots = 0;
                return false;
        }
        if (take_text(&s, "PollList:")) {
                r->section = FDINFO_RING_REQUESTS;
                return false;
        }
        if (n == 0 || *line != ' ') {
                /* "%5u: " of a slot has no blank in front from 10,000 on. */
                if (r->section != FDINFO_RING_FILES || n == 0 || digit_of(*line) < 0)
                        r->section = FDINFO_RING_OTHER;
        }
        take_blanks(&s);
        if (r->section == FDINFO_RING_REQUESTS)
                r->n_requests += take_text(&s, "op=");
        if (r->section != FDINFO_RING_FILES || !take_number(&s, 10, &slot) || !take_text(&s, ": "))
                return false;
        r->n_listed++;
        *ret = s.p;
        *ret_length = (size_t)(s.end - s.p);
        return !(*ret_length == strlen("<none>") && memcmp(*ret, "<none>", *ret_length) == 0);
}

/* f_handle: bytes in hex, as they lie in memory. */
static void take_handle(struct rest *s, struct fdinfo_watch *w)
{
        unsigned char bytes[NSFS_HANDLE_SIZE];

        for (size_t i = 0; i < sizeof(bytes); i++) {
                int high = s->end - s->p >= 2 ? digit_of(s->p[0]) : -1;
                int low = high < 0 ? -1 : digit_of(s->p[1]);
                if (low < 0)
                        return;
                bytes[i] = (unsigned char)(high << 4 | low);
                s->p += 2;
        }
        memcpy(&w->ns_cookie, bytes, sizeof(w->ns_cookie));
        memcpy(&w->ns_type, bytes + sizeof(w->ns_cookie), sizeof(w->ns_type));
}

/* fs/notify/fdinfo.c: "inotify wd:1 ino:f00001b0 sdev:4 mask:20 ignored_mask:0 fhandle-bytes:10
 * fhandle-type:f1 f_handle:04000000…", "fanotify ino:… sdev:… mflags:0 …"; all in hex. */
bool parse_fdinfo_watch(const char *line, size_t n, struct fdinfo_watch *ret)
{
        struct rest s = {line, line + n};
        uint64_t value, device = 0, size = 0, type = 0;
        bool has_inode = false, has_device = false;

        *ret = (struct fdinfo_watch){};
        if (!take_text(&s, "inotify ") && !take_text(&s, "fanotify "))
                return false;
        while (s.p < s.end) {
                if (take_text(&s, "ino:"))
                        has_inode = take_number(&s, 16, &ret->inode);
                else if (take_text(&s, "sdev:"))
                        has_device = take_number(&s, 16, &device);
                else if (take_text(&s, "mflags:") && take_number(&s, 16, &value))
                        ret->evictable = value & MARK_EVICTABLE;
                else if (take_text(&s, "fhandle-bytes:"))
                        (void)take_number(&s, 16, &size);
                else if (take_text(&s, "fhandle-type:"))
                        (void)take_number(&s, 16, &type);
                else if (take_text(&s, "f_handle:") && size == NSFS_HANDLE_SIZE &&
                         type == NSFS_HANDLE_TYPE)
                        take_handle(&s, ret);
                const char *space = memchr(s.p, ' ', (size_t)(s.end - s.p));
                s.p = space ? space + 1 : s.end;
        }
        /* The kernel's own dev_t: 20 bits of minor number. */
        ret->device = device >> 20 << 32 | (device & 0xfffff);
        return has_inode && has_device;
}
