/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/fdinfo.h"

#include <fcntl.h>
#include <string.h>

#include "proc/rest.h"
#include "util/line-reader.h"

/* include/uapi/linux/fanotify.h, 5.19. */
#define MARK_EVICTABLE 0x200

/* include/linux/exportfs.h: FILEID_NSFS; include/uapi/linux/nsfs.h: struct nsfs_file_handle. */
#define NSFS_HANDLE_TYPE 0xf1
#define NSFS_HANDLE_SIZE 16

/* The rest of the first line that begins with @key and blanks. */
static bool find_line(const char *text, size_t n, const char *key, struct rest *ret)
{
        struct rest r = REST_OF(text, n);

        while (rest_take_line(&r, ret))
                if (rest_take_text(ret, key)) {
                        rest_take_blanks(ret);
                        return true;
                }
        return false;
}

uint64_t proc_fdinfo_scm_fds(const char *text, size_t n)
{
        struct rest s;
        uint64_t value;

        return find_line(text, n, "scm_fds:", &s) && rest_take_number(&s, 10, &value) ? value : 0;
}

int proc_fdinfo_flags(const char *text, size_t n, uint64_t *ret)
{
        struct rest s;

        return find_line(text, n, "flags:", &s) && rest_take_number(&s, 8, ret) ? 0 : -EINVAL;
}

int proc_fdinfo_read_flags(int dir_fd, const char *path, uint64_t *ret)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        const char *line;
        size_t n;

        int r = line_reader_open(&lines, dir_fd, path);
        while (r >= 0 && (r = line_reader_next(&lines, &line, &n)) > 0)
                if (proc_fdinfo_flags(line, n, ret) == 0)
                        return 1;
        return r;
}

int proc_fdinfo_mount_id(const char *text, size_t n, uint64_t *ret)
{
        struct rest s;

        return find_line(text, n, "mnt_id:", &s) && rest_take_number(&s, 10, ret) ? 0 : -EINVAL;
}

bool proc_fdinfo_bpf_link(const char *text, size_t n, const char *type, uint64_t *ret_id)
{
        struct rest s;

        *ret_id = 0;
        if (find_line(text, n, "link_id:", &s) && !rest_take_number(&s, 10, ret_id))
                *ret_id = 0;
        return find_line(text, n, "link_type:", &s) && rest_is(&s, type);
}

/* io_uring/fdinfo.c: "UserFiles:\t2", then a line a slot, "    0: socket:[8775]", until the next
 * heading ("UserBufs:"); an empty slot is left out, or shows "<none>" before 6.13. "PollList:",
 * then a line a request, "  op=6, task_works=0". */
bool proc_fdinfo_ring_line(struct fdinfo_ring *r, const char *line, size_t n, const char **ret,
                           size_t *ret_length)
{
        struct rest s = {line, line + n};
        uint64_t slot;

        if (rest_take_text(&s, "UserFiles:")) {
                rest_take_blanks(&s);
                r->has_files = true;
                r->section = FDINFO_RING_FILES;
                if (!rest_take_number(&s, 10, &r->n_slots))
                        r->n_slots = 0;
                return false;
        }
        if (rest_take_text(&s, "PollList:")) {
                r->section = FDINFO_RING_REQUESTS;
                return false;
        }
        if (n == 0 || *line != ' ') {
                /* "%5u: " of a slot has no blank in front from 10,000 on. */
                if (r->section != FDINFO_RING_FILES || n == 0 || rest_digit(*line) > 15)
                        r->section = FDINFO_RING_OTHER;
        }
        rest_take_blanks(&s);
        if (r->section == FDINFO_RING_REQUESTS)
                r->n_requests += rest_take_text(&s, "op=");
        if (r->section != FDINFO_RING_FILES || !rest_take_number(&s, 10, &slot) ||
            !rest_take_text(&s, ": "))
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
                if (rest_length(s) < 2 || rest_digit(s->p[0]) > 15 || rest_digit(s->p[1]) > 15)
                        return;
                bytes[i] = (unsigned char)(rest_digit(s->p[0]) << 4 | rest_digit(s->p[1]));
                s->p += 2;
        }
        memcpy(&w->ns_cookie, bytes, sizeof(w->ns_cookie));
        memcpy(&w->ns_type, bytes + sizeof(w->ns_cookie), sizeof(w->ns_type));
}

/* fs/notify/fdinfo.c: "inotify wd:1 ino:f00001b0 sdev:4 mask:20 ignored_mask:0 fhandle-bytes:10
 * fhandle-type:f1 f_handle:04000000…", "fanotify ino:… sdev:… mflags:0 …"; all in hex. */
bool proc_fdinfo_watch(const char *line, size_t n, struct fdinfo_watch *ret)
{
        struct rest s = {line, line + n};
        uint64_t value, device = 0, size = 0, type = 0;
        bool has_inode = false, has_device = false;

        *ret = (struct fdinfo_watch){};
        if (!rest_take_text(&s, "inotify ") && !rest_take_text(&s, "fanotify "))
                return false;
        while (s.p < s.end) {
                if (rest_take_text(&s, "ino:"))
                        has_inode = rest_take_number(&s, 16, &ret->inode);
                else if (rest_take_text(&s, "sdev:"))
                        has_device = rest_take_number(&s, 16, &device);
                else if (rest_take_text(&s, "mflags:") && rest_take_number(&s, 16, &value))
                        ret->evictable = value & MARK_EVICTABLE;
                else if (rest_take_text(&s, "fhandle-bytes:"))
                        (void)rest_take_number(&s, 16, &size);
                else if (rest_take_text(&s, "fhandle-type:"))
                        (void)rest_take_number(&s, 16, &type);
                else if (rest_take_text(&s, "f_handle:") && size == NSFS_HANDLE_SIZE &&
                         type == NSFS_HANDLE_TYPE)
                        take_handle(&s, ret);
                const char *space = memchr(s.p, ' ', (size_t)(s.end - s.p));
                s.p = space ? space + 1 : s.end;
        }
        /* The kernel's own dev_t: 20 bits of minor number. */
        ret->device = device >> 20 << 32 | (device & 0xfffff);
        return has_inode && has_device;
}

/* fs/eventpoll.c, ep_show_fdinfo(): "tfd: %8d events: %8x data: %16llx  pos:%lli ino:%lx sdev:%x",
 * with blanks in front of numbers. */
bool proc_fdinfo_epoll(const char *line, size_t n, struct fdinfo_epoll *ret)
{
        static const char key[] = " ino:";
        struct rest r = REST_OF(line, n);

        *ret = (struct fdinfo_epoll){};
        if (!rest_take_text(&r, "tfd:"))
                return false;
        rest_take_blanks(&r);
        if (!rest_take_number(&r, 10, &ret->fd))
                return false;
        const char *ino = memmem(r.p, rest_length(&r), key, strlen(key));
        if (!ino)
                return true;
        r.p = ino + strlen(key);
        if (!rest_take_number(&r, 16, &ret->inode))
                ret->inode = 0;
        return true;
}
