#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A user makes one orphan after the other, each held by a socket, as root of a user namespace of his own.

Each line of stdin is a number: so many more; answered with their cookies, in a line of JSON.
"""
import ctypes
import json
import os
import socket
import struct
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SO_NETNS_COOKIE = 71
libc = ctypes.CDLL(None, use_errno=True)
held = []


def check(r, what):
    if r < 0:
        raise OSError(ctypes.get_errno(), what)


def leak(home):
    check(libc.unshare(CLONE_NEWNET), "unshare")
    held.append(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
    check(libc.setns(home, CLONE_NEWNET), "setns")
    return struct.unpack("Q", held[-1].getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8))[0]


check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET), "unshare")
own = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
print(json.dumps({"pid": os.getpid()}), flush=True)
for line in sys.stdin:
    print(json.dumps({"cookies": [leak(own) for _ in range(int(line))]}), flush=True)
print(json.dumps({"made": len(held)}), flush=True)
