/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens sockets of all kinds in other namespaces than the host's, and looks at what the programs in
 * the kernel note of them. As root, on a kernel that lets programs be attached to its functions,
 * and with a control group hierarchy of version 2 at /sys/fs/cgroup.
 *
 *     bpf-births
 *
 * A line for each case: "ok NAME" or "not ok NAME: why". */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

/* The library, with its insides. */
#include "trace/births.c"

#include "proc/stat.h"
#include "util/clock.h"

#define GROUP    "/sys/fs/cgroup/births"
#define SOMEBODY 12345
#define OTHERS   20000

/* linux/in.h, 5.6 */
#define IPPROTO_MPTCP_ 262

#define FREE_USEC (5 * USEC_PER_SEC)

static struct births *births;
static bool failed;

/* What is noted now, for who reads a failure. */
static void show(void)
{
        uint64_t key, *at = NULL;
        struct birth_record r;

        for (unsigned i = 0; i < 64 && next_cookie(births, at, &key) >= 0; i++) {
                at = &key;
                if (births_get(births, key, &r) >= 0)
                        printf("# cookie %llu: process %d, thread %d, accepted %u, %llu us ago\n",
                               (unsigned long long)key, r.tgid, r.tid, r.accepted,
                               (unsigned long long)(clock_nsec(CLOCK_BOOTTIME) - r.opened_nsec) /
                                       NSEC_PER_USEC);
        }
}

static _printf_(3, 4) void say(const char *name, bool ok, const char *format, ...)
{
        va_list args;

        if (!ok && births)
                show();
        printf("%s %s", ok ? "ok" : "not ok", name);
        if (!ok) {
                failed = true;
                printf(": ");
                va_start(args, format);
                (void)vprintf(format, args);
                va_end(args);
        }
        (void)putchar('\n');
        (void)fflush(stdout);
}

static _Noreturn void die(const char *what)
{
        printf("not ok %s: %s\n", what, strerror(errno));
        (void)fflush(stdout);
        _exit(EXIT_FAILURE);
}

static int must(int r, const char *what)
{
        if (r < 0)
                die(what);
        return r;
}

static void write_file(const char *path, const char *text)
{
        int fd = must(open(path, O_WRONLY | O_CLOEXEC), path);

        (void)must((int)write(fd, text, strlen(text)), path);
        close(fd);
}

static void begin(bool all, unsigned room)
{
        struct error reason = {};

        births = births_free(births);
        if (births_new(&births, all, room, &reason) < 0) {
                printf("not ok load: %s\n", reason.text);
                exit(EXIT_FAILURE);
        }
}

static struct birth_counts count(void)
{
        struct birth_counts c;

        births_count(births, &c);
        return c;
}

static uint64_t cookie_of(int fd)
{
        uint64_t cookie = 0;
        socklen_t n = sizeof(cookie);

        (void)must(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &n), "SO_COOKIE");
        return cookie;
}

static uint64_t inode_of(int fd)
{
        struct stat st;

        (void)must(fstat(fd, &st), "fstat");
        return st.st_ino;
}

/* Whether the birth of @fd is noted, and is this thread's. */
static bool is_ours(int fd, struct birth_record *r)
{
        struct proc_stat stat;

        _cleanup_close_ int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (births_get(births, cookie_of(fd), r) < 0 || proc_stat_read(self, &stat) < 0 ||
            r->stack_start != stat.stack_start || !r->stack_start)
                return false;
        return r->tgid == getpid() && r->tid == gettid() && r->uid == getuid() &&
               r->is_leader == (getpid() == gettid()) && r->n_frames > 0 &&
               strcmp(r->comm, "bpf-births") == 0 && r->opened_nsec <= clock_nsec(CLOCK_BOOTTIME) &&
               r->opened_nsec + NSEC_PER_SEC * 5 > clock_nsec(CLOCK_BOOTTIME);
}

/* How many births there are, once none goes any more: many sockets are given back a grace period of
 * RCU after they were closed. */
static uint64_t settled(void)
{
        uint64_t now = count().now;

        for (unsigned still = 0; still < 30; still++) {
                (void)usleep(10000);
                if (count().now != now)
                        still = 0;
                now = count().now;
        }
        return now;
}

static void new_namespace(void)
{
        struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};

        (void)must(unshare(CLONE_NEWNET), "unshare");
        int fd = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
        (void)must(ioctl(fd, SIOCSIFFLAGS, &lo), "lo");
        close(fd);
}

/* Runs @fn in a child. Whether all went well in it. */
static bool in_child(void (*fn)(void))
{
        int status;
        pid_t pid = must(fork(), "fork");

        if (pid == 0) {
                failed = false;
                fn();
                _exit(failed ? EXIT_FAILURE : EXIT_SUCCESS);
        }
        (void)must(waitpid(pid, &status, 0), "waitpid");
        failed |= status != 0;
        return status == 0;
}

/* Sockets are freed a grace period after they are closed. */
static bool comes_down_to(uint64_t now)
{
        uint64_t end = clock_usec(CLOCK_MONOTONIC) + FREE_USEC;

        while (count().now != now && clock_usec(CLOCK_MONOTONIC) < end)
                (void)usleep(10000);
        return count().now == now;
}

static void test_kinds(void)
{
        static const struct {
                const char *name;
                int family, type, protocol;
        } kinds[] = {
                {"netlink", AF_NETLINK, SOCK_RAW, 0},
                {"udp", AF_INET, SOCK_DGRAM, 0},
                {"tcp6", AF_INET6, SOCK_STREAM, 0},
                {"unix", AF_UNIX, SOCK_STREAM, 0},
                {"packet", AF_PACKET, SOCK_RAW, 0},
                {"raw", AF_INET, SOCK_RAW, IPPROTO_ICMP},
                {"vsock", AF_VSOCK, SOCK_STREAM, 0},
                {"alg", AF_ALG, SOCK_SEQPACKET, 0},
                {"sctp", AF_INET, SOCK_STREAM, IPPROTO_SCTP},
        };
        struct birth_record r;

        new_namespace();
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                uint64_t before = settled();
                int fd = must(socket(kinds[i].family, kinds[i].type, kinds[i].protocol),
                              kinds[i].name);
                say(kinds[i].name, is_ours(fd, &r) && !r.accepted && count().now == before + 1,
                    "not noted as ours");
                close(fd);
                say(kinds[i].name, comes_down_to(before), "not dropped: %llu",
                    (unsigned long long)count().now);
        }
}

static void test_devices(void)
{
        char path[64];
        int index, fd;

        new_namespace();
        uint64_t before = settled();
        fd = must(open("/dev/net/tun", O_RDWR | O_CLOEXEC), "tun");
        say("tun", count().now == before + 1, "not noted");
        close(fd);
        say("tun", comes_down_to(before), "not dropped");

        (void)must(system("ip link add d0 type dummy && ip link set d0 up && "
                          "ip link add link d0 name tap0 type macvtap"),
                   "macvtap");
        index = (int)if_nametoindex("tap0");
        (void)snprintf(path, sizeof(path), "/tmp/tap%d", index);
        FILE *f = fopen("/sys/class/net/tap0/macvtap/dev", "re");
        unsigned major = 0, minor = 0;
        if (!f) {
                (void)mkdir("/tmp/sys", 0700);
                (void)system("mount -t sysfs sysfs /tmp/sys; cat /tmp/sys/class/net/tap0/tap*/dev "
                             ">/tmp/tap-number");
                f = fopen("/tmp/tap-number", "re");
        }
        if (!f || fscanf(f, "%u:%u", &major, &minor) != 2)
                die("number of the tap");
        (void)fclose(f);
        (void)must(mknod(path, S_IFCHR | 0600, (dev_t)(major << 8 | minor)), "mknod");
        before = settled();
        fd = must(open(path, O_RDWR | O_CLOEXEC), "tap");
        say("tap", count().now == before + 1, "not noted");
        close(fd);
        say("tap", comes_down_to(before), "not dropped");
}

static void test_host(void)
{
        uint64_t before = count().noted;
        int pair[2], fd = must(socket(AF_NETLINK, SOCK_RAW, 0), "socket");

        (void)must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
        say("host", count().noted == before, "a socket of the host is noted");
        close(fd);
        close(pair[0]);
        close(pair[1]);
}

static void *in_thread(void *userdata)
{
        struct birth_record r;

        (void)pthread_setname_np(pthread_self(), "opener");
        int fd = must(socket(AF_NETLINK, SOCK_RAW, 0), "socket");
        say("thread", is_ours(fd, &r) && strcmp(r.thread, "opener") == 0, "not noted as its own");
        return NULL;
}

static void test_thread(void)
{
        pthread_t thread;

        new_namespace();
        (void)pthread_create(&thread, NULL, in_thread, NULL);
        (void)pthread_join(thread, NULL);
}

static void test_socketpair(void)
{
        struct birth_record r;
        int pair[2];

        new_namespace();
        uint64_t before = settled();
        (void)must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
        say("socketpair", is_ours(pair[0], &r) && is_ours(pair[1], &r) && !r.accepted, "not ours");
        close(pair[0]);
        close(pair[1]);
        say("socketpair", comes_down_to(before), "not dropped");
}

struct peer {
        const char *name;
        int family, type, protocol;
        union {
                struct sockaddr any;
                struct sockaddr_in in;
                struct sockaddr_un un;
                struct sockaddr_vm vm;
        } address;
        socklen_t size;
};

/* Another process than the one that accepts. */
static pid_t connect_to(const struct peer *p, int listener)
{
        struct timeval wait = {.tv_sec = 10};
        fd_set set;
        pid_t pid = must(fork(), "fork");

        if (pid == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                close(listener);
                int fd = must(socket(p->family, p->type, p->protocol), "socket");
                /* The listener may be gone as soon as this shows there. */
                (void)connect(fd, &p->address.any, p->size);
                (void)pause();
        }
        FD_ZERO(&set);
        FD_SET(listener, &set);
        (void)must(select(listener + 1, &set, NULL, NULL, &wait), "select");
        return pid;
}

static void end(pid_t pid)
{
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
}

static void accept_one(const struct peer *p)
{
        struct birth_record r = {};

        int listener = must(socket(p->family, p->type, p->protocol), p->name);
        (void)must(bind(listener, &p->address.any, p->size), "bind");
        (void)must(listen(listener, 4), "listen");
        uint64_t before = settled();
        pid_t pid = connect_to(p, listener);
        /* That of the process that connects, and none of a socket that nobody has accepted. */
        say(p->name, count().now == before + 1, "before it is accepted: %llu more",
            (unsigned long long)(count().now - before));
        int fd = must(accept(listener, NULL, NULL), "accept");
        if ((p->protocol == IPPROTO_MPTCP_ || p->protocol == IPPROTO_SCTP) &&
            cookie_of(fd) == cookie_of(listener)) {
                /* A copy (of SCTP, on the newest kernels): the birth is the listener's, and says
                 * so. */
                say(p->name, is_ours(listener, &r) && !r.accepted && r.inode == inode_of(listener),
                    "not told apart from its listener");
                end(pid);
                close(fd);
                close(listener);
                return;
        }
        bool ours = is_ours(fd, &r) && r.inode == inode_of(fd);
        say(p->name, ours && r.accepted && count().now == before + 2,
            "accepted: %s ours, accepted %u, %llu more", ours ? "is" : "is not", r.accepted,
            (unsigned long long)(count().now - before));
        end(pid);
        close(fd);
        say(p->name, comes_down_to(before), "not dropped: %llu more",
            (unsigned long long)(count().now - before));
        /* One that is never accepted: that of the process that connects is left. */
        pid = connect_to(p, listener);
        close(listener);
        say(p->name, comes_down_to(before), "refused: %llu more",
            (unsigned long long)(count().now - before));
        end(pid);
        (void)comes_down_to(before - 1);
}

static void test_accept(void)
{
        const struct peer peers[] = {
                {"accept unix",
                 AF_UNIX,
                 SOCK_STREAM,
                 0,
                 {.un = {AF_UNIX, "\0births"}},
                 sizeof(sa_family_t) + 7},
                {"accept unix seqpacket",
                 AF_UNIX,
                 SOCK_SEQPACKET,
                 0,
                 {.un = {AF_UNIX, "\0births2"}},
                 sizeof(sa_family_t) + 8},
                {"accept tcp",
                 AF_INET,
                 SOCK_STREAM,
                 0,
                 {.in = {AF_INET, htons(4000), {htonl(INADDR_LOOPBACK)}}},
                 sizeof(struct sockaddr_in)},
                {"accept vsock",
                 AF_VSOCK,
                 SOCK_STREAM,
                 0,
                 {.vm = {.svm_family = AF_VSOCK, .svm_port = 4000, .svm_cid = VMADDR_CID_LOCAL}},
                 sizeof(struct sockaddr_vm)},
                {"accept sctp",
                 AF_INET,
                 SOCK_STREAM,
                 IPPROTO_SCTP,
                 {.in = {AF_INET, htons(4002), {htonl(INADDR_LOOPBACK)}}},
                 sizeof(struct sockaddr_in)},
                {"accept mptcp",
                 AF_INET,
                 SOCK_STREAM,
                 IPPROTO_MPTCP_,
                 {.in = {AF_INET, htons(4001), {htonl(INADDR_LOOPBACK)}}},
                 sizeof(struct sockaddr_in)},
        };

        new_namespace();
        for (size_t i = 0; i < ARRAY_SIZE(peers); i++)
                accept_one(&peers[i]);
}

/* Only what is neither the process's own nor its group's. */

static bool notes_one(void)
{
        uint64_t before = count().noted;
        int fd = must(socket(AF_NETLINK, SOCK_RAW, 0), "socket");
        bool noted = count().noted == before + 1;

        close(fd);
        return noted;
}

static void join_group(void)
{
        (void)mkdir(GROUP, 0755);
        write_file(GROUP "/cgroup.procs", "0");
}

static void a_container_child(void)
{
        say("a child in the container is at home", !notes_one(), "noted");
}

static void *a_container_thread(void *userdata)
{
        say("a thread of the container is at home", !notes_one(), "noted");
        (void)must(unshare(CLONE_NEWNET), "unshare");
        say("a thread that left it is not", notes_one(), "not noted");
        return NULL;
}

/* The first process of its group is where it lives. */
static void a_container(void)
{
        pthread_t thread;

        join_group();
        (void)must(unshare(CLONE_NEWNET), "unshare");
        say("a container is at home", !notes_one(), "noted");
        (void)in_child(a_container_child);
        (void)pthread_create(&thread, NULL, a_container_thread, NULL);
        (void)pthread_join(thread, NULL);
}

static void a_helper(void)
{
        (void)must(unshare(CLONE_NEWNET), "unshare");
        say("a daemon's helper is not at home", notes_one(), "not noted");
}

static void a_daemon(void)
{
        join_group();
        say("a daemon is at home", !notes_one(), "noted");
        (void)in_child(a_helper);
}

static void test_foreign(void)
{
        (void)in_child(a_container);
        (void)in_child(a_daemon);
}

/* 64 births, 8 for each share. */
#define ROOM 64

static uid_t user;

static void open_many(void)
{
        uint64_t before = settled(), refused = count().refused;
        unsigned more = 20, mine = ROOM / 8;

        if (before + mine > ROOM)
                mine = (unsigned)(ROOM - before);
        (void)must(setresuid(user, user, user), "setresuid");
        for (unsigned i = 0; i < more; i++)
                (void)must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
        say("share", count().now - before == mine, "%llu noted of %u",
            (unsigned long long)(count().now - before), mine);
        say("share", count().refused - refused == more - mine, "%llu refused",
            (unsigned long long)(count().refused - refused));
        (void)kill(getpid(), SIGSTOP);
}

static void test_full(void)
{
        pid_t pids[10];
        int status;

        new_namespace();
        /* So that no two of these users have one counter. */
        births->object->bss->settings.seed = 1;
        for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
                user = OTHERS + (uid_t)i;
                pids[i] = must(fork(), "fork");
                if (pids[i] == 0) {
                        failed = false;
                        open_many();
                        _exit(failed ? EXIT_FAILURE : EXIT_SUCCESS);
                }
                (void)waitpid(pids[i], &status, WUNTRACED);
        }
        say("full", count().now == ROOM, "%llu", (unsigned long long)count().now);
        for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
                (void)kill(pids[i], SIGCONT);
                (void)waitpid(pids[i], &status, 0);
                failed |= status != 0;
        }
        say("full and empty again", comes_down_to(0), "%llu", (unsigned long long)count().now);
        for (unsigned i = 0; i < RECORD_SHARES; i++) {
                union bpf_attr attr = {};
                int32_t taken = 0;
                attr.map_fd = (uint32_t)births->object->maps.shares.map_fd;
                attr.key = (uintptr_t)&i;
                attr.value = (uintptr_t)&taken;
                if (sys_bpf(BPF_MAP_LOOKUP_ELEM, &attr) < 0 || taken != 0)
                        say("no share is left", false, "%u has %d", i, taken);
        }
}

static void a_nested_user(void)
{
        user = SOMEBODY;
        (void)must(setresgid(user, user, user), "setresgid");
        (void)must(setresuid(user, user, user), "setresuid");
        (void)prctl(PR_SET_DUMPABLE, 1);
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
                die("root of a user namespace");
        int fd = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
        struct birth_record r, outer;
        (void)must(births_get(births, cookie_of(fd), &r), "birth");
        write_file("/proc/self/uid_map", "0 12345 1");
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/gid_map", "0 12345 1");
        (void)must(unshare(CLONE_NEWUSER), "a user namespace in it");
        int inner = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
        (void)must(births_get(births, cookie_of(inner), &outer), "birth");
        say("root of a user namespace", r.uid == SOMEBODY && r.share == outer.share,
            "is charged to another share");
}

/* Nobody who has no capabilities but these. */
static void a_poor_daemon(void)
{
        struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
        struct __user_cap_data_struct data[2] = {};
        struct births *own = NULL;
        struct error reason = {};

        data[CAP_BPF / 32].effective |= 1U << CAP_BPF % 32;
        data[CAP_PERFMON / 32].effective |= 1U << CAP_PERFMON % 32;
        data[0].permitted = data[0].effective;
        data[1].permitted = data[1].effective;
        (void)must(prctl(PR_SET_KEEPCAPS, 1), "PR_SET_KEEPCAPS");
        (void)must(setresuid(SOMEBODY, SOMEBODY, SOMEBODY), "setresuid");
        (void)must((int)syscall(SYS_capset, &header, data), "capset");
        int r = births_new(&own, true, BIRTHS_MAX, &reason);
        say("CAP_BPF and CAP_PERFMON alone", r >= 0, "%s", reason.text);
        births_free(own);
}

/* What the programs have missed. */
static void test_sweep(void)
{
        struct birth_record r = {.socket = (uintptr_t)births->object->bss->settings.host};
        uint64_t cookie = UINT64_MAX - 1, before;
        union bpf_attr attr = {};

        new_namespace();
        (void)must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
        before = settled();
        attr.map_fd = (uint32_t)births->object->maps.births.map_fd;
        attr.key = (uintptr_t)&cookie;
        attr.value = (uintptr_t)&r;
        (void)must(sys_bpf(BPF_MAP_UPDATE_ELEM, &attr), "a birth of nothing");
        births->object->bss->counts.now++;
        for (unsigned i = 0; i < 3; i++)
                births_sweep(births);
        say("sweep",
            count().swept == 1 && count().now == before &&
                    births_get(births, cookie, &r) == -ENOENT,
            "%llu swept, %llu left", (unsigned long long)count().swept,
            (unsigned long long)count().now);
}

int main(int argc, char **argv)
{
        begin(true, BIRTHS_MAX);
        test_host();
        (void)in_child(test_kinds);
        (void)in_child(test_devices);
        (void)in_child(test_thread);
        (void)in_child(test_socketpair);
        (void)in_child(test_accept);
        (void)in_child(a_nested_user);
        say("all are dropped", comes_down_to(0), "%llu are left", (unsigned long long)count().now);
        begin(true, BIRTHS_MAX);
        (void)in_child(test_sweep);
        (void)in_child(a_poor_daemon);
        begin(true, ROOM);
        (void)in_child(test_full);
        begin(false, BIRTHS_MAX);
        test_foreign();
        births_free(births);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
