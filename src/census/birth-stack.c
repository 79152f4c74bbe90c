/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/birth-stack.h"

#include <stdlib.h>
#include <string.h>

/* Functions that only make the system call. A name that ends in '.' or '/' is the beginning of
 * others'. */
static const char *const wrappers[] = {
        /* of C libraries */
        "accept", "accept4", "open", "open64", "openat", "openat64", "socket", "socketpair",
        "syscall", "__GI___open64", "__GI___openat64", "__GI___socket", "__GI_accept",
        "__GI_accept4", "__internal_syscall_cancel", "__libc_accept", "__libc_accept4",
        "__libc_open", "__libc_open64", "__libc_openat", "__libc_openat64", "__libc_socket",
        "__open", "__open64", "__open64_nocancel", "__open_nocancel", "__openat", "__openat64",
        "__openat64_nocancel", "__socket", "__socketpair", "__syscall_cancel",
        "__syscall_cancel_arch", "__syscall_cancel_arch_end", "__syscall_cp", "__syscall_cp_c",
        "__syscall_cp_asm",
        /* of Go */
        "golang.org/x/sys/unix.", "internal/poll.", "internal/runtime/syscall.",
        "internal/syscall/", "runtime/internal/syscall.", "syscall."};

/* What calls a program's, a thread's or a goroutine's first function. */
static const char *const starters[] = {
        "clone",
        "clone3",
        "start_thread",
        "thread_start",
        "_start",
        "_start_c",
        "__clone",
        "__clone3",
        "__clone_internal",
        "__libc_start_call_main",
        "__libc_start_main",
        "__libc_start_main_impl",
        "libc_start_main_stage2",
        "runtime.",
};

/* The length of a name without what an assembler or a linker has added to it. */
static size_t name_length(const char *name)
{
        size_t n = strcspn(name, "@");

        return n > strlen(".abi0") &&
                               strncmp(name + n - strlen(".abi0"), ".abi0", strlen(".abi0")) == 0
                       ? n - strlen(".abi0")
                       : n;
}

static bool is_listed(const char *name, const char *const *list, size_t n)
{
        size_t length = name_length(name);

        for (size_t i = 0; i < n; i++) {
                size_t listed = strlen(list[i]);
                bool is_beginning = strchr("./", list[i][listed - 1]);
                if ((is_beginning ? length > listed : length == listed) &&
                    strncmp(name, list[i], listed) == 0)
                        return true;
        }
        return false;
}

/* Whether @path is a C library, of whose functions a stripped one names few. */
static bool is_c_library(const char *path)
{
        static const char *const beginnings[] = {"libc.so",  "libc-2.",       "libc.musl-",
                                                 "ld-musl-", "libpthread.so", "libpthread-2."};
        const char *slash = path ? strrchr(path, '/') : NULL;

        for (size_t i = 0; slash && i < ARRAY_SIZE(beginnings); i++)
                if (strncmp(slash + 1, beginnings[i], strlen(beginnings[i])) == 0)
                        return true;
        return false;
}

static bool says_nothing(const struct birth_frame *f, const char *const *list, size_t n)
{
        return f->function ? is_listed(f->function, list, n) : !f->file || is_c_library(f->file);
}

/* The package net has a dozen functions below the one that was called. */
static bool is_inner_net(const struct birth *b, size_t i)
{
        return i + 1 < b->n_frames && b->frames[i].function && b->frames[i + 1].function &&
               strncmp(b->frames[i].function, "net.", 4) == 0 &&
               strncmp(b->frames[i + 1].function, "net.", 4) == 0;
}

size_t birth_stack_pick(const struct birth *b, size_t ret[static BIRTH_STACK_MAX])
{
        size_t first = 0, end = b->n_frames, n = 0;

        while (first < end && (says_nothing(&b->frames[first], wrappers, ARRAY_SIZE(wrappers)) ||
                               is_inner_net(b, first)))
                first++;
        while (end > first && says_nothing(&b->frames[end - 1], starters, ARRAY_SIZE(starters)))
                end--;
        /* Of nothing but these, that is what there is. */
        if (first == end) {
                first = 0;
                end = b->n_frames;
        }
        for (size_t i = first; i < end && n < BIRTH_STACK_MAX; i++)
                if (b->frames[i].function || b->frames[i].file)
                        ret[n++] = i;
        return n;
}

static bool copy_string(const char *s, char **ret)
{
        *ret = s ? strdup(s) : NULL;
        return !s || *ret;
}

struct birth *birth_stack_shorten(const struct birth *b)
{
        _cleanup_(birth_unrefp) struct birth *copy = birth_new();
        size_t picked[BIRTH_STACK_MAX], n = birth_stack_pick(b, picked);

        if (!copy)
                return NULL;
        copy->pid = b->pid;
        copy->tid = b->tid;
        copy->start_nsec = b->start_nsec;
        copy->uid = b->uid;
        copy->opened_usec = b->opened_usec;
        copy->opened_boot_usec = b->opened_boot_usec;
        copy->accepted = b->accepted;
        copy->frames = calloc(n + 1, sizeof(*copy->frames));
        if (!copy->frames || !copy_string(b->comm, &copy->comm) ||
            !copy_string(b->thread, &copy->thread) || !copy_string(b->unit, &copy->unit))
                return NULL;
        for (size_t i = 0; i < n; i++)
                if (birth_copy_frame(&copy->frames[copy->n_frames++], &b->frames[picked[i]]) < 0)
                        return NULL;
        return TAKE_PTR(copy);
}
