/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library to preload into nsorphanctl, which kills it at one ptrace(2) of `release`: before or
 * after the one with the number KILL_AT_PTRACE, from 1 on; negative: after it. */
#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) long syscall(long number, ...)
{
        static long (*real)(long, ...);
        static int n;
        const char *at = getenv("KILL_AT_PTRACE");
        long a[6];
        va_list ap;

        va_start(ap, number);
        for (int i = 0; i < 6; i++)
                a[i] = va_arg(ap, long);
        va_end(ap);
        if (!real)
                *(void **)&real = dlsym(RTLD_NEXT, "syscall");
        int here = number == SYS_ptrace && at ? ++n : 0;
        if (here && here == atoi(at))
                kill(getpid(), SIGKILL);
        long r = real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
        if (here && here == -atoi(at))
                kill(getpid(), SIGKILL);
        return r;
}
