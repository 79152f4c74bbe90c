#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A user whose tasks and sockets are never where they were, as root of a user namespace of his own.

Threads go into namespaces that only a file leads to, and out again, and so do short-lived children; one
process hands sockets, each the last of its namespace, to another and gets them back; namespaces come and go.
"""
import ctypes
import json
import os
import random
import signal
import socket
import threading
import time

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
HOPPERS = 40
libc = ctypes.CDLL(None, use_errno=True)


def check(r, what):
    if r < 0:
        raise OSError(ctypes.get_errno(), what)


def pause():
    time.sleep(random.uniform(0.001, 0.02))


def fresh(home):
    check(libc.unshare(CLONE_NEWNET), "unshare")
    made = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    last = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    check(libc.setns(home, CLONE_NEWNET), "setns")
    return made, last


def hop(home, made):
    while True:
        check(libc.setns(made, CLONE_NEWNET), "setns")
        pause()
        check(libc.setns(home, CLONE_NEWNET), "setns")
        pause()


def fork(work):
    pid = os.fork()
    if pid == 0:
        libc.prctl(1, signal.SIGKILL)
        work()
        os._exit(0)
    return pid


def visit(made):
    check(libc.setns(made, CLONE_NEWNET), "setns")
    pause()


def send_children(made):
    while True:
        os.waitpid(fork(lambda: visit(made)), 0)
        pause()


def toss(end, n):
    while True:
        _, fds, _, _ = socket.recv_fds(end, 1, 64)
        pause()
        socket.send_fds(end, [b"x"], fds)
        for fd in fds:
            os.close(fd)


def come_and_go(home):
    while True:
        made, last = fresh(home)
        pause()
        last.close()
        os.close(made)


check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET), "unshare")
own = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
ball = []
for _ in range(HOPPERS):
    path, last = fresh(own)
    os.close(path)
    ball.append(last)
fork(lambda: toss(there, len(ball)))
there.close()
socket.send_fds(here, [b"x"], [s.fileno() for s in ball])
for s in ball:
    s.close()
threading.Thread(target=toss, args=(here, len(ball)), daemon=True).start()
visited = [fresh(own) for _ in range(2 * HOPPERS)]
for _, last in visited:
    last.close()
for path, _ in visited[:4]:
    fork(lambda p=path: send_children(p))
fork(lambda: come_and_go(own))
for path, _ in visited[HOPPERS:]:
    threading.Thread(target=hop, args=(own, path), daemon=True).start()
print(json.dumps({"pid": os.getpid()}), flush=True)
signal.pause()
