#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Leaks a namespace under the name of the scanner: its name, its command line, its mark, an entry among visitors.

  attack_disguise.py NAME

Tells {"inode", "pid", "listed": whether an entry could be written, "marked"}.
"""
import ctypes
import json
import os
import socket
import struct
import sys

CLONE_NEWUTS, CLONE_NEWUSER, CLONE_NEWNET = 0x04000000, 0x10000000, 0x40000000
PR_SET_NAME = 15
UNAVAILABLE = 77

libc = ctypes.CDLL(None, use_errno=True)


def start_ticks():
    with open(f"/proc/{os.getpid()}/stat", encoding="ascii") as stat:
        return int(stat.read().rpartition(")")[2].split()[19])


def forge(folder):
    """Whether we got an entry of our own into the list."""
    try:
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/{os.getpid()}", "w", encoding="ascii") as entry:
            entry.write(f"{start_ticks()} 1 1")
        return True
    except OSError:
        return False


def mark():
    """As netns/mark-layout.h has it, in a user namespace of our own, which is all we may."""
    domain = struct.pack("=16sQ", b"nsorphan", start_ticks())
    return libc.unshare(CLONE_NEWUSER | CLONE_NEWUTS) == 0 and libc.setdomainname(domain, len(domain)) == 0


libc.prctl(PR_SET_NAME, sys.argv[1].encode(), 0, 0, 0)
uid, gid = os.getuid(), os.getgid()
listed = forge("/run/nsorphand/visitors")
child, parent = socket.socketpair()
pid = os.fork()
if pid == 0:
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0:
        print(os.strerror(ctypes.get_errno()), file=sys.stderr)
        os._exit(UNAVAILABLE)
    with open("/proc/self/setgroups", "w", encoding="ascii") as f:
        f.write("deny")
    for name, number in (("uid_map", uid), ("gid_map", gid)):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as f:
            f.write(f"0 {number} 1")
    held = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    inode = os.stat("/proc/self/ns/net").st_ino
    socket.send_fds(child, [str(inode).encode()], [held.fileno()])
    os._exit(0)
message, fds, _, _ = socket.recv_fds(parent, 64, 1)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if status or not fds:
    sys.exit(status or 1)
print(json.dumps({"inode": int(message), "pid": os.getpid(), "listed": listed, "marked": mark()}), flush=True)
sys.stdin.read()
print(json.dumps({}))
