/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is said between a program that wants to know what code at some offsets of a file is called,
 * and the child of it that reads the file (nsorphan-symbolize). One message each, over a socket of
 * type SOCK_SEQPACKET:
 *
 *      program → child   struct question, with an fd of /proc/PID
 *      child → program   struct file_identity
 *      program → child   one byte, with an fd of the file's separate symbols where there is one
 *      child → program   the names
 *
 * The file is hostile, so the child may be: the program believes nothing that it says. */

#include <stddef.h>
#include <stdint.h>

#define ANSWER_OFFSETS_MAX  32
#define ANSWER_LINK_MAX     64
#define ANSWER_BUILD_ID_MAX 20

/* A name in the answer is not longer, without its NUL: what is longer was cut. */
#define ANSWER_NAME_MAX 1023
#define ANSWER_SIZE_MAX (ANSWER_OFFSETS_MAX * (ANSWER_NAME_MAX + 1))

struct question {
        char link[ANSWER_LINK_MAX]; /* of the kernel's own, below /proc/PID, to the file */
        uint32_t n;
        uint64_t offsets[ANSWER_OFFSETS_MAX];
};

/* The GNU build id. */
struct file_identity {
        uint8_t n; /* bytes of it; 0: none */
        uint8_t build_id[ANSWER_BUILD_ID_MAX];
};

/* Room for it in hexadecimal digits, with a NUL. */
#define ANSWER_BUILD_ID_TEXT (2 * ANSWER_BUILD_ID_MAX + 1)

/* Takes a message of @size bytes for a struct file_identity. 0 or -EBADMSG. */
int answer_parse_identity(const void *message, size_t size, char ret[static ANSWER_BUILD_ID_TEXT]);

/* Takes a message for the names of @n offsets: each is escaped and shortened as text_escape() and
 * text_shorten() do, and NULL where there is none. 0, -EBADMSG, or -ENOMEM; then @ret_names is all
 * NULL. */
int answer_parse_names(const void *message, size_t size, size_t n, char *ret_names[]);

/* Puts the names of @n offsets, raw and each perhaps NULL, into @room of ANSWER_SIZE_MAX bytes.
 * Returns the size of the message. */
size_t answer_put_names(char *room, const char *const names[], size_t n);
