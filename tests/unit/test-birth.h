/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Birth certificates made by hand. Included after <cmocka.h>. */

#include <stdlib.h>
#include <string.h>

#include "census/birth.h"

/* Adds a frame; NULL and "" for what is not known. */
static inline void test_frame(struct birth *b, const char *function, const char *file,
                              uint64_t offset, const char *build_id)
{
        struct birth_frame *frame;

        b->frames = reallocarray(b->frames, b->n_frames + 1, sizeof(*b->frames));
        assert_non_null(b->frames);
        frame = &b->frames[b->n_frames++];
        *frame = (struct birth_frame){.function = function ? strdup(function) : NULL,
                                      .file = file ? strdup(file) : NULL,
                                      .offset = offset};
        assert_true(strlen(build_id) <= BIRTH_BUILD_ID_MAX);
        memcpy(frame->build_id, build_id, strlen(build_id) + 1);
}

/* "dockerd" (pid 812, start 500 ticks), thread "creator", in the middle of a Go program, at
 * 1699740800 s, 500 s after the boot. */
static inline struct birth *test_birth(void)
{
        struct birth *b = birth_new();

        assert_non_null(b);
        b->pid = 812;
        b->tid = 815;
        b->start_nsec = UINT64_C(5000000000);
        b->comm = strdup("dockerd");
        b->thread = strdup("creator");
        b->unit = strdup("docker.service");
        b->opened_usec = UINT64_C(1699740800000000);
        b->opened_boot_usec = UINT64_C(500000000);
        test_frame(b, "syscall.RawSyscall.abi0", "/usr/bin/dockerd", 0x1234, "");
        test_frame(b, "syscall.Socket", "/usr/bin/dockerd", 0x2234, "");
        test_frame(b, "github.com/vishvananda/netlink/nl.getNetlinkSocket", "/usr/bin/dockerd",
                   0x3234, "");
        test_frame(b, "github.com/vishvananda/netlink.NewHandle", "/usr/bin/dockerd", 0x4234, "");
        test_frame(b, "main.creator", "/usr/bin/dockerd", 0x5234, "");
        test_frame(b, "runtime.goexit.abi0", "/usr/bin/dockerd", 0x6234, "");
        return b;
}
