/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-varlink.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "test-directory.h"
#include "varlink/client.h"
#include "varlink/peer.h"
#include "varlink/socket.h"

struct fixture {
        char directory[TEST_DIRECTORY_MAX];
        char path[TEST_DIRECTORY_MAX + 8];
        struct error error;
};

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        test_directory_make(f->directory);
        snprintf(f->path, sizeof(f->path), "%s/socket", f->directory);
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        (void)unlink(f->path);
        assert_int_equal(rmdir(f->directory), 0);
        free(f);
        return 0;
}

static void mode_group_and_end(void **state)
{
        struct fixture *f = *state;
        struct varlink_socket_file file;
        struct stat st;
        int fd;
        gid_t gid = getuid() == 0 ? 4711 : (gid_t)-1;

        assert_int_equal(varlink_socket_listen(f->path, 0660, gid, &fd, &file, &f->error), 0);
        assert_int_equal(lstat(f->path, &st), 0);
        assert_true(S_ISSOCK(st.st_mode));
        assert_int_equal(st.st_mode & 07777, 0660);
        assert_int_equal(st.st_gid, gid == (gid_t)-1 ? getgid() : gid);
        assert_int_equal(varlink_socket_check(fd, &f->error), 0);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        varlink_socket_file_remove(&file);
        assert_int_equal(lstat(f->path, &st), -1);
        fd_close(fd);
}

static void living_server_is_left_alone(void **state)
{
        struct fixture *f = *state;
        struct varlink_socket_file file, other;
        struct varlink_client *client;
        int fd, second;

        assert_int_equal(varlink_socket_listen(f->path, 0600, (gid_t)-1, &fd, &file, &f->error), 0);
        assert_int_equal(
                varlink_socket_listen(f->path, 0600, (gid_t)-1, &second, &other, &f->error),
                -EADDRINUSE);
        assert_non_null(strstr(f->error.text, f->path));
        assert_int_equal(varlink_client_connect(&client, f->path, 1000000, &f->error), 0);
        varlink_client_free(client);
        varlink_socket_file_remove(&file);
        fd_close(fd);
}

static void dead_server_is_replaced(void **state)
{
        struct fixture *f = *state;
        struct varlink_socket_file old, new;
        struct stat st;
        int fd;

        assert_int_equal(varlink_socket_listen(f->path, 0600, (gid_t)-1, &fd, &old, &f->error), 0);
        fd_close(fd);
        assert_int_equal(lstat(f->path, &st), 0);
        assert_int_equal(varlink_socket_listen(f->path, 0600, (gid_t)-1, &fd, &new, &f->error), 0);
        /* The old one does not take the new one's file with it, unless it got the same inode. */
        if (old.inode != new.inode) {
                varlink_socket_file_remove(&old);
                assert_int_equal(lstat(f->path, &st), 0);
        }
        free(old.path);
        varlink_socket_file_remove(&new);
        fd_close(fd);
}

static void what_is_no_socket_stays(void **state)
{
        struct fixture *f = *state;
        struct varlink_socket_file file;
        struct stat st;
        int fd = open(f->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        fd_close(fd);
        assert_int_equal(varlink_socket_listen(f->path, 0600, (gid_t)-1, &fd, &file, &f->error),
                         -EEXIST);
        assert_non_null(strstr(f->error.text, "is not a socket"));
        assert_int_equal(lstat(f->path, &st), 0);
        assert_true(S_ISREG(st.st_mode));
}

static void impossible_paths(void **state)
{
        struct fixture *f = *state;
        struct varlink_socket_file file;
        char path[256];
        int fd;

        assert_int_equal(varlink_socket_listen("socket", 0600, (gid_t)-1, &fd, &file, &f->error),
                         -EINVAL);
        memset(path, 'x', sizeof(path));
        path[0] = '/';
        path[sizeof(path) - 1] = '\0';
        assert_int_equal(varlink_socket_listen(path, 0600, (gid_t)-1, &fd, &file, &f->error),
                         -ENAMETOOLONG);
        snprintf(path, sizeof(path), "%s/missing/socket", f->directory);
        assert_int_equal(varlink_socket_listen(path, 0600, (gid_t)-1, &fd, &file, &f->error),
                         -ENOENT);
}

static void of_many_at_once_one_wins(void **state)
{
        struct fixture *f = *state;
        struct varlink_socket_file file;
        int fd, ends[2];

        /* A stale file, and ten processes that would all like to replace it. */
        assert_int_equal(varlink_socket_listen(f->path, 0600, (gid_t)-1, &fd, &file, &f->error), 0);
        fd_close(fd);
        free(file.path);
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pid_t children[10];
        for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
                children[i] = fork();
                assert_true(children[i] >= 0);
                if (children[i] == 0) {
                        int r = varlink_socket_listen(f->path, 0600, (gid_t)-1, &fd, &file,
                                                      &f->error);
                        fd_close(ends[1]);
                        /* The winner lives until all others have tried. */
                        if (r == 0)
                                (void)!read(ends[0], &(char){0}, 1);
                        _exit(r == 0 ? 0 : r == -EADDRINUSE ? 1 : 2);
                }
        }
        fd_close(ends[0]);
        for (size_t i = 0; i < ARRAY_SIZE(children) - 1; i++) {
                int status;
                pid_t pid = wait(&status);
                assert_true(pid > 0);
                assert_true(WIFEXITED(status));
                assert_int_equal(WEXITSTATUS(status), 1);
        }
        fd_close(ends[1]);
        int status;
        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void only_listening_unix_sockets_are_adopted(void **state)
{
        struct fixture *f = *state;
        _cleanup_close_ int inet = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        _cleanup_close_ int datagram = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        _cleanup_close_ int deaf = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_int_equal(varlink_socket_check(inet, &f->error), -EINVAL);
        assert_int_equal(varlink_socket_check(datagram, &f->error), -EINVAL);
        assert_int_equal(varlink_socket_check(deaf, &f->error), -EINVAL);
        assert_int_equal(varlink_socket_check(-1, &f->error), -EINVAL);
}

/* A child with other groups calls, and is seen as what it was when it called. */
static void peers_with_their_groups(void **state)
{
        struct fixture *f = *state;
        struct varlink_socket_file file;
        struct varlink_peer peer;
        int fd, ends[2];

        if (getuid() != 0)
                skip();
        assert_int_equal(varlink_socket_listen(f->path, 0666, (gid_t)-1, &fd, &file, &f->error), 0);
        assert_int_equal(chmod(f->directory, 0755), 0);
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                struct varlink_client *client;
                gid_t groups[] = {5001, 5002, 5003};
                fd_close(ends[1]);
                if (setgroups(ARRAY_SIZE(groups), groups) < 0 || setgid(5000) < 0 ||
                    setuid(5000) < 0 ||
                    varlink_client_connect(&client, f->path, 1000000, &f->error) < 0)
                        _exit(1);
                (void)!read(ends[0], &(char){0}, 1);
                _exit(0);
        }
        fd_close(ends[0]);
        assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
        _cleanup_close_ int accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        assert_int_equal(varlink_peer_init(&peer, accepted), 0);
        assert_int_equal(peer.pid, child);
        assert_int_equal(peer.uid, 5000);
        assert_int_equal(peer.gid, 5000);
        assert_int_equal(peer.n_groups, 3);
        assert_true(varlink_peer_in_group(&peer, 5000));
        assert_true(varlink_peer_in_group(&peer, 5003));
        assert_false(varlink_peer_in_group(&peer, 5004));
        assert_false(varlink_peer_in_group(&peer, 0));
        varlink_peer_deinit(&peer);
        fd_close(ends[1]);
        assert_int_equal(waitpid(child, NULL, 0), child);
        varlink_socket_file_remove(&file);
        fd_close(fd);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(mode_group_and_end, setup, teardown),
                cmocka_unit_test_setup_teardown(living_server_is_left_alone, setup, teardown),
                cmocka_unit_test_setup_teardown(dead_server_is_replaced, setup, teardown),
                cmocka_unit_test_setup_teardown(what_is_no_socket_stays, setup, teardown),
                cmocka_unit_test_setup_teardown(impossible_paths, setup, teardown),
                cmocka_unit_test_setup_teardown(of_many_at_once_one_wins, setup, teardown),
                cmocka_unit_test_setup_teardown(only_listening_unix_sockets_are_adopted, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(peers_with_their_groups, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
