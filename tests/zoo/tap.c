/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The open device of a macvtap interface: it keeps the namespace that it was opened in. */
#include <fcntl.h>
#include <glob.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "zoo.h"

/* A lower device that needs no process: a tap that stays. */
static int make_lower(void)
{
        struct ifreq request = {.ifr_name = "lower", .ifr_flags = IFF_TAP | IFF_NO_PI};
        int fd = zoo_tun(NULL);

        zoo_check(ioctl(fd, TUNSETIFF, &request), "TUNSETIFF");
        zoo_check(ioctl(fd, TUNSETPERSIST, 1), "TUNSETPERSIST");
        close(fd);
        return (int)if_nametoindex("lower");
}

static void make_macvtap(int lower)
{
        struct {
                struct nlmsghdr header;
                struct ifinfomsg link;
                struct rtattr name_head;
                char name[8];
                struct rtattr lower_head;
                int lower;
                struct rtattr info_head, kind_head;
                char kind[8];
        } request = {
                .header = {.nlmsg_len = sizeof(request),
                           .nlmsg_type = RTM_NEWLINK,
                           .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
                .name_head = {.rta_len = RTA_LENGTH(8), .rta_type = IFLA_IFNAME},
                .name = "zoo",
                .lower_head = {.rta_len = RTA_LENGTH(sizeof(int)), .rta_type = IFLA_LINK},
                .lower = lower,
                .info_head = {.rta_len = RTA_LENGTH(RTA_LENGTH(8)), .rta_type = IFLA_LINKINFO},
                .kind_head = {.rta_len = RTA_LENGTH(8), .rta_type = IFLA_INFO_KIND},
                .kind = "macvtap",
        };

        zoo_available(zoo_rtnetlink(&request, sizeof(request)), "a macvtap interface");
}

/* The device's numbers, from a sysfs that shows the namespace we are in. */
static dev_t find_device(void)
{
        unsigned major = 0, minor = 0;
        glob_t found;

        zoo_check(mount("sysfs", "/sys", "sysfs", 0, NULL), "mounting a sysfs");
        if (glob("/sys/class/net/zoo/tap*/dev", 0, NULL, &found) != 0 &&
            glob("/sys/class/net/zoo/macvtap/tap*/dev", 0, NULL, &found) != 0)
                zoo_available(-1, "the tap device in sysfs");
        FILE *f = fopen(found.gl_pathv[0], "re");
        if (!f || fscanf(f, "%u:%u", &major, &minor) != 2)
                zoo_check(-1, found.gl_pathv[0]);
        fclose(f);
        globfree(&found);
        zoo_check(umount("/sys"), "umount");
        return makedev(major, minor);
}

int main(int argc, char **argv)
{
        struct zoo z;

        zoo_start(&z, argc, argv, NULL);
        zoo_check(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
        zoo_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making mounts private");
        zoo_check(mount("tmpfs", "/tmp", "tmpfs", 0, NULL), "mounting a tmpfs");
        zoo_enter(&z);
        make_macvtap(make_lower());
        z.path = "/tmp/tap";
        zoo_check(mknod(z.path, S_IFCHR | 0600, find_device()), "mknod");
        z.fd = zoo_check(open(z.path, O_RDWR | O_CLOEXEC), z.path);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
