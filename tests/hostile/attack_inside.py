#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fills what a look at it has to tell: attack_inside.py N has N addresses in a network namespace of its
own.

Says {"inode": …} of its network namespace when it is done, and ends with its stdin.
"""
import ctypes
import json
import os
import subprocess
import sys

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
UNAVAILABLE = 77

libc = ctypes.CDLL(None, use_errno=True)


def become_root_of_my_own():
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0:
        print("no user namespaces for everybody", file=sys.stderr)
        sys.exit(UNAVAILABLE)
    for name, text in (("setgroups", "deny"), ("gid_map", f"0 {gid} 1"), ("uid_map", f"0 {uid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def addresses(n):
    lines = [f"address add 10.{i >> 16}.{i >> 8 & 255}.{i & 255}/32 dev lo" for i in range(1, n + 1)]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def main(n):
    become_root_of_my_own()
    addresses(n)
    print(json.dumps({"inode": os.stat("/proc/self/ns/net").st_ino}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
