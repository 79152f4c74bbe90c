/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The numbers that a network namespace has for others: `ip netns list-id`.
 *
 * A link that is tied to one in another namespace (a veth) names that namespace by such a number
 * (IFLA_LINK_NETNSID). The kernel keeps it for as long as that namespace lives, whatever keeps it
 * alive: a number that no known namespace has belongs to one that is not known. The number is given
 * when the links are listed (peernet2id_alloc() in rtnl_fill_link_netnsid()), and is used again.
 *
 * "Here" is the namespace that the thread is in which opens the conversation. Any thread. */

#include <stdint.h>
#include <sys/types.h>

#include "util/macro.h"

/* A link that is tied to another namespace. A new one never gets the same two indexes soon: they
 * are counted up (dev_new_index()). */
struct rt_tie {
        uint64_t at; /* the caller's: the namespace that the link is in */
        int index;   /* of the link, there */
        int link;    /* of the one it is tied to: a veth's other end, a macvlan's device */
        int32_t id;  /* the number, here, of the namespace that one is in */
};

struct rt_ties {
        struct rt_tie *list;
        size_t n, room;
};

/* The number that a namespace has here. */
struct rt_id_question {
        int fd;     /* an nsfs fd of the namespace, or negative: */
        pid_t pid;  /* of a task that is in it; no right over that task is needed */
        int r;      /* answer: 0, -ESRCH when there is no such task, or another negative errno */
        int32_t id; /* answer: negative when it has none */
};

/* A conversation with rtnetlink. After an error other than that of a question it is of no use any
 * more, and is closed. */
struct rt_ids {
        int fd;
        uint32_t port;
        uint32_t sequence;
};

#define RT_IDS_NULL ((struct rt_ids){.fd = -EBADF})

/* 0 or a negative errno. */
int rt_ids_open(struct rt_ids *ret);
void rt_ids_close(struct rt_ids *c);

/* Appends the ties of the links that are here; or, when @id is not negative, in the namespace with
 * that number (4.20), which are told with the numbers of here, too: so each namespace that such a
 * link leads to gets a number here. Without statistics, some 3 µs a link. A list of more than
 * @bytes_max is not read to its end: -EFBIG. -EAGAIN when it changes too fast for a consistent
 * answer, -ENOMEM, or another negative errno; then @ties is as before. */
int rt_ids_list(struct rt_ids *c, int32_t id, size_t bytes_max, struct rt_ties *ties);

/* Answers the @n questions. 0, or a negative errno when no answer came. */
int rt_ids_ask(struct rt_ids *c, struct rt_id_question *questions, size_t n);

/* Whether the number @id belongs to a namespace that lives: one that is being torn down keeps its
 * number for a while, but gives no reference. 1, 0, or a negative errno. */
int rt_ids_alive(struct rt_ids *c, int32_t id);

/* Decodes one message of a list of links, for the above and for tests. 1 with *ret, 0 for a message
 * that is none or a link that is not tied, or -EBADMSG. */
struct nlmsghdr;
int rt_ids_decode_tie(const struct nlmsghdr *message, struct rt_tie *ret);
