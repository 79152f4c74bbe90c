# SPDX-License-Identifier: LGPL-2.1-or-later
"""A process that blocks whoever looks into it: blocker.py FOLDER [code], in a mount namespace of its own.

It has a child with one file in flight in a unix socket's queue, whose pid it prints, and the file
is of a FUSE file system that it serves itself. Whoever peeks into the queue gets a copy of the
file, and closing that makes the kernel ask the server for a FLUSH, which this one does not read
before it gets a line on stdin. The wait cannot be killed; killing the server ends it for all,
so it must not have the file itself.

With "code" the child has the file mapped as code instead, and prints the address, too: whoever opens
the file again waits for the server likewise.
"""
import array
import ctypes
import os
import signal
import socket
import struct
import sys

LOOKUP, GETATTR, OPEN, RELEASE, FLUSH, INIT = 1, 3, 14, 18, 25, 26
FILE = 2

libc = ctypes.CDLL(None, use_errno=True)


def attributes(node):
    """struct fuse_attr: a folder, or an empty file."""
    mode = 0o40755 if node == 1 else 0o100644
    return struct.pack("<6Q10I", node, 0, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def answer(opcode, node):
    """The body of a reply, or None for "not known here"."""
    if opcode == INIT:
        return struct.pack("<4I2H2I", 7, 31, 0, 0, 0, 0, 4096, 0) + bytes(36)
    if opcode == LOOKUP:
        return struct.pack("<4Q2I", FILE, 0, 60, 60, 0, 0) + attributes(FILE)
    if opcode == GETATTR:
        return struct.pack("<Q2I", 60, 0, 0) + attributes(node)
    if opcode == OPEN:
        return struct.pack("<Q2I", 1, 0, 0)
    return b"" if opcode in (FLUSH, RELEASE) else None


def serve(fuse, until):
    """Answers requests; returns after one of the opcode @until."""
    while True:
        request = os.read(fuse, 1 << 17)
        _, opcode, unique, node = struct.unpack_from("<2I2Q", request)
        body = answer(opcode, node)
        error = 0 if body is not None else -38
        body = body or b""
        os.write(fuse, struct.pack("<IiQ", 16 + len(body), error, unique) + body)
        if opcode == until:
            return


def hold(folder):
    """The child: has the file in flight, and ends with its parent."""
    libc.prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
    file = os.open(folder + "/file", os.O_RDONLY)
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    left.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file]))])
    print(os.getpid(), flush=True)
    while right:
        signal.pause()


def hold_code(folder):
    """Likewise, the file's first page as code."""
    libc.prctl(1, 9)
    libc.mmap.restype = ctypes.c_void_p
    file = os.open(folder + "/file", os.O_RDONLY)
    address = libc.mmap(None, ctypes.c_size_t(4096), 5, 2, file, ctypes.c_long(0))  # PROT_READ | PROT_EXEC, MAP_PRIVATE
    print(os.getpid(), f"{address:x}", flush=True)
    while True:
        signal.pause()


def main(folder, what="file"):
    fuse = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.mount(b"blocker", os.fsencode(folder), b"fuse", 0, options) < 0:
        raise OSError(ctypes.get_errno(), "mount")
    if os.fork() == 0:
        os.close(fuse)
        (hold_code if what == "code" else hold)(folder)
    # Whatever becomes of the test: nobody else on this host is to wait for us for long.
    signal.alarm(45)
    serve(fuse, OPEN)
    sys.stdin.readline()
    serve(fuse, None)


main(*sys.argv[1:])
