/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The zoo: one small program for each way to keep a network namespace alive.
 *
 * Each makes one fresh namespace, keeps it alive in exactly that way from a process that is
 * itself elsewhere, says on stdout in one line of JSON what it made, and stays until its stdin
 * ends or a signal comes. It dies with its parent, so that nothing is left behind. All of them
 * need root and run on Linux 6.1 as well, linked statically too. Nothing here uses src/: what
 * tests the scanner must not share its mistakes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* "Not on this kernel": the exit code that test harnesses take for a skip. */
#define ZOO_EXIT_UNAVAILABLE 77

struct zoo {
        const char *program;
        const char *variation; /* the first argument, NULL for none */
        int home;              /* nsfs fd of the namespace we come from, while away from it */
        uint64_t inode;        /* of the namespace made */
        uint64_t cookie;
        pid_t pid;             /* the process that holds it; 0 for the program itself */
        pid_t tid;             /* the thread that holds it; 0 for the process's main thread */
        int fd;                /* the fd that leads to it (a queue, a ring …), -1 for none */
        uint64_t socket_inode; /* of the file that holds it, also where no fd leads there */
        const char *path;      /* a mount point or a file's path, NULL */
        const char *device;    /* an interface, NULL */
        bool unseen;           /* it is held by no process that could be named */
};

/* To be called first. The first argument must be one of @variations (NULL-terminated; its first
 * is the default where no argument is given); @variations itself is NULL for a program that
 * takes no argument. Anything else ends the program with a line on how to call it. */
void zoo_start(struct zoo *z, int argc, char **argv, const char *const variations[]);
bool zoo_is(const struct zoo *z, const char *variation);

/* The calling thread goes into a fresh network namespace, and learns its numbers. With
 * ZOO_INHABITED in the environment a child process stays in there, so that what the program holds
 * is not all that keeps it alive. With ZOO_SOCKET the program has a socket of it as well. */
void zoo_enter(struct zoo *z);
/* And back. From here on the namespace lives only by what was made in between. */
void zoo_leave(struct zoo *z);

/* Prints what was made; called last, when nothing else holds the namespace. */
void zoo_tell(const struct zoo *z);
/* Waits: true when a line came on stdin (the next act, where there is one), false at its end. */
bool zoo_next_act(void);
/* Waits for the end of stdin. */
void zoo_wait(void);

/* The inode number of an open file. */
uint64_t zoo_inode(int fd);
/* SO_NETNS_COOKIE of a socket, 0 where the kernel has none (below 5.14). */
uint64_t zoo_cookie(int socket_fd);

/* The result of a system call, if it is not negative; else the program ends, naming @what. */
int zoo_check(int result, const char *what);
/* As zoo_check(), for a facility that a kernel may lack: ends with ZOO_EXIT_UNAVAILABLE. */
int zoo_available(int result, const char *what);

/* Sends @fds with one byte into the unix socket @queue; the caller still has its own. */
void zoo_send_fds(int queue, const int *fds, size_t n);

/* A unix socket bound to a path, listening. Returns its fd; @ret_path (at least 64 bytes). A
 * path, not an abstract name: those do not reach across network namespaces. */
int zoo_listen(char *ret_path);
int zoo_connect(const char *path);
/* Removes the path, and the directory made for it. */
void zoo_unlink(const char *path);

/* Whether the first thread of this process has ended. */
bool zoo_leader_is_zombie(void);

/* Opens /dev/net/tun; with a @name also makes and attaches an interface of that name. */
int zoo_tun(const char *name);
/* Makes a veth: one end, @name, in the current namespace, the other, @peer, in that of the nsfs fd
 * @nsfs_fd. */
void zoo_veth(const char *name, const char *peer, int nsfs_fd);
/* Sends a request to rtnetlink that wants an acknowledgement. 0, or -1 with errno. */
int zoo_rtnetlink(const void *request, size_t n);
/* Moves interface @name of the current namespace into the namespace of @nsfs_fd. */
void zoo_move_device(const char *name, int nsfs_fd);
