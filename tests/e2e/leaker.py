#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A process that leaks network namespaces to order.

Reads a command a line: "new" makes a namespace, leaves it, and keeps only a netlink socket in it;
it answers with the cookie and the inode number. "drop COOKIE" closes that socket, and answers "ok".
"guest" is as "new", but a child stays inside; its pid comes third. "kill PID" ends it, and answers
with the moment (CLOCK_BOOTTIME) it was gone. "fill N" opens N sockets. "share" makes a child that has
the same fd table and sleeps; its pid is the answer. "crowd COOKIE N" opens N sockets in that namespace. On SIGUSR1 it does what "new" does.
"""
import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct
import sys
import time

CLONE_FILES = 0x00000400
CLONE_NEWNET = 0x40000000
SYS_CLONE = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
SO_NETNS_COOKIE = 71
SIOCGSKNS = 0x894C

libc = ctypes.CDLL(None, use_errno=True)
home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
sockets = {}


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def new(guest=False):
    check(libc.unshare(CLONE_NEWNET))
    inode = os.stat("/proc/self/ns/net").st_ino
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    pid = os.fork() if guest else None
    if pid == 0:
        libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        sock.close()
        signal.pause()
    check(libc.setns(home, CLONE_NEWNET))
    cookie = struct.unpack("Q", sock.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8))[0]
    sockets[cookie] = sock
    return f"{cookie} {inode} {pid}"


def kill(pid):
    os.kill(int(pid), signal.SIGKILL)
    os.waitpid(int(pid), 0)
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def drop(cookie):
    sockets.pop(int(cookie)).close()
    return "ok"


def fill(number):
    sockets["filling"] = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(int(number))]
    return "ok"


def crowd(cookie, number):
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(number) + 1000,) * 2)
    inside = fcntl.ioctl(sockets[int(cookie)], SIOCGSKNS)
    check(libc.setns(inside, CLONE_NEWNET))
    sockets[f"crowd {cookie}"] = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(int(number))]
    check(libc.setns(home, CLONE_NEWNET))
    os.close(inside)
    return "ok"


def share():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    pid = check(libc.syscall(SYS_CLONE, CLONE_FILES | signal.SIGCHLD, 0, 0, 0, 0))
    if pid == 0:
        libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        while signal.sigwait({signal.SIGUSR1}):
            print(new(), flush=True)
    return pid


VERBS = {"new": new, "guest": lambda: new(True), "drop": drop, "kill": kill, "fill": fill,
         "crowd": crowd, "share": share}

libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
for line in sys.stdin:
    verb, *arguments = line.split()
    print(VERBS[verb](*arguments), flush=True)
