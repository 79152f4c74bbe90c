/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 6: an open /dev/net/tun. "unattached": it has no interface. "attached": its interface is in
 * the namespace too. "moved": its interface has gone to our own namespace, the file holds the one
 * it was opened in all the same. Orphaned. */
#include <stdio.h>
#include <unistd.h>

#include "zoo.h"

int main(int argc, char **argv)
{
        static const char *const variations[] = {"unattached", "attached", "moved", NULL};
        struct zoo z;
        char name[16];

        zoo_start(&z, argc, argv, variations);
        snprintf(name, sizeof(name), "zoo%d", (int)getpid());
        zoo_enter(&z);
        if (!zoo_is(&z, "unattached"))
                z.device = name;
        z.fd = zoo_tun(z.device);
        if (zoo_is(&z, "moved"))
                zoo_move_device(name, z.home);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
