/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /dev/vhost-net with a packet socket behind it, whose fd is closed. */
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/vhost.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

#define QUEUE_SIZE 16

/* What a queue needs before it takes a backend: memory, in which its rings are. */
static void make_queue(int vhost)
{
        size_t page = (size_t)getpagesize(), size = 4 * page;
        char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        uint64_t at = (uint64_t)(uintptr_t)memory;

        if (memory == MAP_FAILED)
                zoo_check(-1, "mmap");
        union {
                struct vhost_memory head;
                char room[sizeof(struct vhost_memory) + sizeof(struct vhost_memory_region)];
        } table = {.head = {.nregions = 1}};
        struct vhost_vring_state number = {.num = QUEUE_SIZE}, base = {0};
        struct vhost_vring_addr rings = {.desc_user_addr = at,
                                         .avail_user_addr = at + page,
                                         .used_user_addr = at + 2 * page};

        table.head.regions[0] = (struct vhost_memory_region){
                .guest_phys_addr = at, .memory_size = size, .userspace_addr = at};
        zoo_check(ioctl(vhost, VHOST_SET_OWNER), "VHOST_SET_OWNER");
        zoo_check(ioctl(vhost, VHOST_SET_MEM_TABLE, &table), "VHOST_SET_MEM_TABLE");
        zoo_check(ioctl(vhost, VHOST_SET_VRING_NUM, &number), "VHOST_SET_VRING_NUM");
        zoo_check(ioctl(vhost, VHOST_SET_VRING_BASE, &base), "VHOST_SET_VRING_BASE");
        zoo_check(ioctl(vhost, VHOST_SET_VRING_ADDR, &rings), "VHOST_SET_VRING_ADDR");
}

static void set_up(const char *name)
{
        struct ifreq request = {.ifr_flags = IFF_UP};
        int fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET)");

        strcpy(request.ifr_name, name);
        zoo_check(ioctl(fd, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
        close(fd);
}

int main(int argc, char **argv)
{
        struct zoo z;

        zoo_start(&z, argc, argv, NULL);
        z.path = "/dev/vhost-net";
        z.fd = zoo_available(open(z.path, O_RDWR | O_CLOEXEC), z.path);
        make_queue(z.fd);
        zoo_enter(&z);
        /* Bound to an interface that is up: vhost takes none whose poll has an error. */
        set_up("lo");
        int fd = zoo_available(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "socket(AF_PACKET)");
        const struct sockaddr_ll lo = {.sll_family = AF_PACKET,
                                       .sll_protocol = htons(ETH_P_ALL),
                                       .sll_ifindex = (int)if_nametoindex("lo")};
        zoo_check(bind(fd, (const struct sockaddr *)&lo, sizeof(lo)), "bind");
        struct vhost_vring_file backend = {.index = 0, .fd = fd};
        zoo_check(ioctl(z.fd, VHOST_NET_SET_BACKEND, &backend), "VHOST_NET_SET_BACKEND");
        close(fd);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
