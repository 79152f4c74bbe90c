#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Leaks a namespace, and is called what would be a command, or somebody else, where names are pasted.

  attack_names.py HOW     HOW: comm, file, environment

Tells {"inode", "pid"}. comm: its command name ends one command and begins another. file: it runs a copy of
Python's that has such a name, and arguments of that kind. environment: it says that it is a container's.
"""
import ctypes
import json
import os
import shutil
import socket
import sys
import tempfile

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_NAME = 15
COMMAND = "';reboot;'\n\033[2J"

libc = ctypes.CDLL(None, use_errno=True)


def leak():
    """As root of a user namespace of its own, whose first process is a child, so that nobody is in
    the network namespace any more when that has ended."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    if os.fork() == 0:
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0:
            os._exit(77)
        inode = os.stat("/proc/self/ns/net").st_ino
        held = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        held.bind((0, 0))
        socket.send_fds(theirs, [str(inode).encode()], [held.fileno()])
        os._exit(0)
    theirs.close()
    inode, [fd], _, _ = socket.recv_fds(ours, 64, 1)
    os.wait()
    os.set_inheritable(fd, True)
    return int(inode), fd


def main(how):
    if how != "held":
        inode, fd = leak()
        environment = dict(os.environ)
        program, name = sys.executable, "python3"
        if how == "environment":
            environment["container"] = "docker"
        if how == "file":
            folder = tempfile.mkdtemp(prefix="nsorphand-names-")
            program = os.path.join(folder, "systemd-';reboot;'")
            shutil.copy(os.path.realpath(sys.executable), program)
            name = "$(reboot)"
            environment["NAMES_FOLDER"] = folder
        os.execve(program, [name, "-I", __file__, "held", how, str(inode), str(fd)], environment)
    _, _, how, inode, _ = sys.argv
    if "NAMES_FOLDER" in os.environ:
        shutil.rmtree(os.environ["NAMES_FOLDER"])
    if how == "comm":
        libc.prctl(PR_SET_NAME, COMMAND.encode())
    print(json.dumps({"inode": int(inode), "pid": os.getpid()}), flush=True)
    sys.stdin.read()


main(sys.argv[1])
