#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A file system whose server stops answering, and somebody who has a file of it.

Usage: unshare --mount --propagation=private stuck.py FOLDER flight|exec

flight: a file of it is in flight in a unix socket; who peeks at it has to close it again, and that
        asks the server.
exec:   a process that has a file of it executes another program; closing the file on exec(3)
        asks the server, and meanwhile the kernel keeps everybody away from the process's memory
        and files (exec_update_lock): pidfd_getfd(2) waits.

Prints one line of JSON with the pid that is not to be looked into, then waits for the end of stdin.
With it the server goes, and everybody who waits for it is let go; so it is after 30 seconds in any
case, because whoever else looks into every process of this host (a ps) waits, too.
"""
import array
import ctypes
import json
import os
import signal
import socket
import stat
import struct
import sys
import threading

LOOKUP, GETATTR, OPEN, RELEASE, FLUSH, INIT = 1, 3, 14, 18, 25, 26
FORGET, BATCH_FORGET, INTERRUPT = 2, 42, 36
ROOT, FILE = 1, 2
ENOSYS = 38

libc = ctypes.CDLL(None, use_errno=True)


def attributes(node):
    mode = stat.S_IFDIR | 0o755 if node == ROOT else stat.S_IFREG | 0o644
    return struct.pack("6Q10I", node, 0, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


class Server:
    """Knows one folder with one file, whatever its name is."""

    def __init__(self, folder):
        self.stuck = False
        self.waited_for = threading.Event()
        self.fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self.fd},rootmode=40755,user_id=0,group_id=0".encode()
        if libc.mount(b"stuck", folder.encode(), b"fuse", 0, options) < 0:
            raise OSError(ctypes.get_errno(), "mount")
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        answers = {
            INIT: lambda node: struct.pack("4I2HI10I", 7, 31, 0, 0, 0, 0, 4096, *[0] * 10),
            LOOKUP: lambda node: struct.pack("4Q2I", FILE, 0, 60, 60, 0, 0) + attributes(FILE),
            GETATTR: lambda node: struct.pack("Q2I", 60, 0, 0) + attributes(node),
            OPEN: lambda node: struct.pack("Q2I", 0, 0, 0),
            FLUSH: lambda node: b"",
            RELEASE: lambda node: b"",
        }
        while True:
            request = os.read(self.fd, 1 << 17)
            _, opcode, unique, node = struct.unpack_from("IIQQ", request)
            if self.stuck and opcode == FLUSH:
                self.waited_for.set()
                continue
            if opcode in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            body = answers[opcode](node) if opcode in answers else b""
            error = 0 if opcode in answers else -ENOSYS
            os.write(self.fd, struct.pack("IiQ", 16 + len(body), error, unique) + body)


def in_flight(server, path):
    """A queue with a file of it; nobody else has one."""
    sender, receiver = socket.socketpair(socket.AF_UNIX)
    fd = os.open(path, os.O_RDONLY)
    sender.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
    os.close(fd)
    server.stuck = True
    return os.getpid(), (sender, receiver)


def in_exec(server, path):
    """A child that never gets through its exec. It has a socket, which a scan will want to ask."""
    opened, go = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        libc.prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
        os.close(server.fd)
        asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        asked.set_inheritable(True)
        os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        os.write(opened[1], b"x")
        os.read(go[0], 1)
        os.execv("/bin/sleep", ["sleep", "600"])
    os.read(opened[0], 1)
    server.stuck = True
    os.write(go[1], b"x")
    server.waited_for.wait()
    return pid, None


def main(folder, how):
    signal.alarm(30)
    server = Server(folder)
    path = os.path.join(folder, "file")
    pid, keep = (in_flight if how == "flight" else in_exec)(server, path)
    print(json.dumps({"pid": pid}), flush=True)
    sys.stdin.read()
    del keep
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
