/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What BPF keeps a namespace with:
 *   iterator        an open iterator over TCP sockets;
 *   pinned-iterator the same, opened at its path in a bpffs;
 *   link            a netfilter link;
 *   pinned-link     the same, in a bpffs only: no process has it open. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "zoo.h"

#define PATH "/tmp/pinned"

/* linux/bpf.h and linux/btf.h of newer kernels, linux/netfilter.h. */
enum {
        PROGRAM_NETFILTER = 32,
        ATTACH_NETFILTER = 45,
        ATTACH_TRACE_ITER = 28,
        PROTOCOL_IPV4 = 2,
        KIND_FUNC = 12,
};

/* union bpf_attr of 6.4, of which older headers know the beginning. */
struct link_create {
        uint32_t program, target, attach_type, flags;
        uint32_t protocol, hook;
        int32_t priority;
        uint32_t netfilter_flags;
};

static int bpf(int command, const void *attr, size_t n)
{
        return (int)syscall(SYS_bpf, command, attr, n);
}

static void *read_whole(const char *path, size_t *ret_size)
{
        size_t room = 1 << 26, size = 0;
        char *bytes = malloc(room);
        int fd = zoo_available(open(path, O_RDONLY | O_CLOEXEC), path);
        ssize_t n;

        if (!bytes)
                zoo_check(-1, "malloc");
        while ((n = read(fd, bytes + size, room - size)) > 0)
                size += (size_t)n;
        close(fd);
        *ret_size = size;
        return bytes;
}

struct btf_head {
        uint16_t magic;
        uint8_t version, flags;
        uint32_t length, type_offset, type_length, text_offset, text_length;
};

struct btf_type {
        uint32_t name, info, size;
};

/* How many bytes stand behind a type. */
static size_t more_of(const struct btf_type *t)
{
        /* By kind: for the type, and for each of its members. linux/btf.h, 6.18. */
        static const unsigned char once[] = {0, 4, 0, 12, 0, 0, 0, 0, 0, 0,
                                             0, 0, 0, 0,  4, 0, 0, 4, 0, 0};
        static const unsigned char each[] = {0, 0, 0, 0, 12, 12, 8, 0, 0, 0,
                                             0, 0, 0, 8, 0,  12, 0, 0, 0, 12};
        unsigned kind = t->info >> 24 & 0x1f, members = t->info & 0xffff;

        return once[kind] + (size_t)each[kind] * members;
}

/* The number of the kernel's function @name. */
static uint32_t find_function(const char *name)
{
        size_t size;
        char *btf = read_whole("/sys/kernel/btf/vmlinux", &size);
        const struct btf_head *head = (const void *)btf;
        const char *text = btf + head->length + head->text_offset;
        const char *p = btf + head->length + head->type_offset, *end = p + head->type_length;

        for (uint32_t id = 1; p < end; id++) {
                const struct btf_type *t = (const void *)p;
                if ((t->info >> 24 & 0x1f) == KIND_FUNC && strcmp(text + t->name, name) == 0) {
                        free(btf);
                        return id;
                }
                p += sizeof(*t) + more_of(t);
        }
        errno = ENOENT;
        zoo_available(-1, name);
        return 0;
}

static int load(unsigned type, unsigned attach_type, int result, uint32_t function)
{
        const struct bpf_insn code[] = {
                {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = result},
                {.code = BPF_JMP | BPF_EXIT},
        };
        const union bpf_attr attr = {
                .prog_type = type,
                .insn_cnt = 2,
                .insns = (uint64_t)(uintptr_t)code,
                .license = (uint64_t)(uintptr_t) "GPL",
                .expected_attach_type = attach_type,
                .attach_btf_id = function,
        };

        return zoo_available(bpf(BPF_PROG_LOAD, &attr, sizeof(attr)), "BPF_PROG_LOAD");
}

static void pin(int fd)
{
        const union bpf_attr attr = {.pathname = (uint64_t)(uintptr_t)PATH, .bpf_fd = (uint32_t)fd};

        zoo_check(bpf(BPF_OBJ_PIN, &attr, sizeof(attr)), "BPF_OBJ_PIN");
}

static int create_link(int program, unsigned attach_type)
{
        const struct link_create attr = {.program = (uint32_t)program,
                                         .attach_type = attach_type,
                                         .protocol = attach_type == ATTACH_NETFILTER ? PROTOCOL_IPV4
                                                                                     : 0,
                                         .priority = attach_type == ATTACH_NETFILTER ? 1 : 0};

        return zoo_available(bpf(BPF_LINK_CREATE, &attr, sizeof(attr)), "BPF_LINK_CREATE");
}

static void iterator(struct zoo *z)
{
        int program =
                load(BPF_PROG_TYPE_TRACING, ATTACH_TRACE_ITER, 0, find_function("bpf_iter_tcp"));
        int link = create_link(program, ATTACH_TRACE_ITER);
        const union bpf_attr attr = {.iter_create = {.link_fd = (uint32_t)link}};

        if (zoo_is(z, "pinned-iterator")) {
                pin(link);
                z->path = PATH;
        }
        zoo_enter(z);
        z->fd = z->path ? open(z->path, O_RDONLY | O_CLOEXEC)
                        : bpf(BPF_ITER_CREATE, &attr, sizeof(attr));
        zoo_check(z->fd, "opening the iterator");
        zoo_leave(z);
}

static void netfilter(struct zoo *z)
{
        int program = load(PROGRAM_NETFILTER, ATTACH_NETFILTER, 1, 0);

        zoo_enter(z);
        z->fd = create_link(program, ATTACH_NETFILTER);
        zoo_leave(z);
        close(program);
        if (!zoo_is(z, "pinned-link"))
                return;
        pin(z->fd);
        close(z->fd);
        z->fd = -1;
        z->unseen = true;
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"iterator", "pinned-iterator", "link",
                                                 "pinned-link", NULL};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        zoo_check(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
        zoo_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making mounts private");
        zoo_available(mount("bpf", "/tmp", "bpf", 0, NULL), "mounting a bpffs");
        if (strstr(z.variation, "iterator"))
                iterator(&z);
        else
                netfilter(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
