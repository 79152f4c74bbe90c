/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files in flight are seen, and stay where they are. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "census/procfs/peek.h"
#include "util/macro.h"

struct pair {
        int ends[2];
};

static struct pair pair_of(int type)
{
        struct pair p;

        assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, p.ends), 0);
        return p;
}

static void pair_close(struct pair *p)
{
        (void)close(p->ends[0]);
        (void)close(p->ends[1]);
}

/* Sends @size bytes, and with them @n_files duplicates of @fd. */
static void send_files(int socket_fd, int fd, unsigned n_files, size_t size)
{
        static char data[4096];
        union {
                struct cmsghdr header;
                char room[CMSG_SPACE(PEEK_FILES_MAX * sizeof(int))];
        } control = {};
        struct iovec iov = {.iov_base = data, .iov_len = size};
        struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

        if (n_files > 0) {
                m.msg_control = control.room;
                m.msg_controllen = CMSG_SPACE(n_files * sizeof(int));
                struct cmsghdr *c = CMSG_FIRSTHDR(&m);
                c->cmsg_level = SOL_SOCKET;
                c->cmsg_type = SCM_RIGHTS;
                c->cmsg_len = CMSG_LEN(n_files * sizeof(int));
                for (unsigned i = 0; i < n_files; i++)
                        memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
        }
        assert_int_equal(sendmsg(socket_fd, &m, MSG_DONTWAIT), size);
}

struct seen {
        unsigned n;
        ino_t inode; /* of the last */
};

static void on_file(int fd, void *userdata)
{
        struct seen *s = userdata;
        struct stat st;

        assert_int_equal(fstat(fd, &st), 0);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        s->inode = st.st_ino;
        s->n++;
        (void)close(fd);
}

static void expect(int socket_fd, unsigned n, int fd)
{
        static char scratch[PEEK_SCRATCH_SIZE];
        struct seen seen = {};
        struct stat st;

        assert_int_equal(peek_files(socket_fd, scratch, on_file, &seen), n);
        assert_int_equal(seen.n, n);
        assert_int_equal(fstat(fd, &st), 0);
        if (n > 0)
                assert_true(seen.inode == st.st_ino);
}

static void test_files_are_seen_and_stay(void **state)
{
        struct pair p = pair_of(SOCK_STREAM);

        expect(p.ends[0], 0, p.ends[0]);
        send_files(p.ends[1], p.ends[1], 3, 1);
        expect(p.ends[0], 3, p.ends[1]);
        expect(p.ends[0], 3, p.ends[1]);
        /* What its owner receives is all of it. */
        char byte, room[CMSG_SPACE(8 * sizeof(int))];
        struct iovec iov = {.iov_base = &byte, .iov_len = 1};
        struct msghdr m = {.msg_iov = &iov,
                           .msg_iovlen = 1,
                           .msg_control = room,
                           .msg_controllen = sizeof(room)};
        assert_int_equal(recvmsg(p.ends[0], &m, MSG_CMSG_CLOEXEC), 1);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        assert_non_null(c);
        assert_int_equal(c->cmsg_len, CMSG_LEN(3 * sizeof(int)));
        for (unsigned i = 0; i < 3; i++) {
                int fd;
                memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
                (void)close(fd);
        }
        expect(p.ends[0], 0, p.ends[0]);
        pair_close(&p);
}

static void test_a_full_message(void **state)
{
        struct pair p = pair_of(SOCK_DGRAM);

        send_files(p.ends[1], p.ends[0], PEEK_FILES_MAX, 1);
        expect(p.ends[0], PEEK_FILES_MAX, p.ends[0]);
        pair_close(&p);
}

static void test_behind_data(void **state)
{
        struct pair p = pair_of(SOCK_STREAM);

        for (unsigned i = 0; i < 8; i++)
                send_files(p.ends[1], -1, 0, 4096);
        send_files(p.ends[1], p.ends[1], 2, 1);
        expect(p.ends[0], 2, p.ends[1]);
        pair_close(&p);
}

/* Only the first message with files: the next one lies behind an offset that is the owner's. */
static void test_one_message(void **state)
{
        struct pair p = pair_of(SOCK_STREAM);

        send_files(p.ends[1], p.ends[1], 2, 1);
        send_files(p.ends[1], p.ends[1], 5, 1);
        expect(p.ends[0], 2, p.ends[1]);
        pair_close(&p);
}

static void test_an_offset_of_the_owner_is_left_alone(void **state)
{
        struct pair p = pair_of(SOCK_STREAM);
        int offset = 0;
        socklen_t size = sizeof(offset);

        send_files(p.ends[1], p.ends[1], 2, 1);
        assert_int_equal(setsockopt(p.ends[0], SOL_SOCKET, SO_PEEK_OFF, &offset, size), 0);
        expect(p.ends[0], 0, p.ends[1]);
        assert_int_equal(getsockopt(p.ends[0], SOL_SOCKET, SO_PEEK_OFF, &offset, &size), 0);
        assert_int_equal(offset, 0);
        pair_close(&p);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_files_are_seen_and_stay),
                cmocka_unit_test(test_a_full_message),
                cmocka_unit_test(test_behind_data),
                cmocka_unit_test(test_one_message),
                cmocka_unit_test(test_an_offset_of_the_owner_is_left_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
