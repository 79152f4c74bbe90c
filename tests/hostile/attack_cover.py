#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Leads to a namespace by a file that it exchanges for another: a root that opens it again opens that.

  attack_cover.py link PATH   a mount, covered by a tmpfs in which its path is a symbolic link to PATH
  attack_cover.py parent PATH likewise, its directory a link to that of PATH
  attack_cover.py fifo        likewise by a FIFO that nobody writes to
  attack_cover.py terminal    likewise by a terminal
  attack_cover.py fuse        likewise by a FUSE file system that never answers (as root)
  attack_cover.py flip        an fd that is the namespace's file and a FIFO by turns

Each in a user and mount namespace of its own. Tells {"inode"}, and in the end how many times its file was
opened: {"opened"}.
"""
import ctypes
import json
import os
import pty
import struct
import sys
import threading

UNAVAILABLE = 77

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
IN_OPEN, IN_CLOEXEC, IN_NONBLOCK = 0x20, 0o2000000, 0o4000

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result < 0:
        error = ctypes.get_errno()
        print(f"{what}: {os.strerror(error)}", file=sys.stderr)
        sys.exit(UNAVAILABLE)
    return result


def mount(source, target, kind=None, flags=0, options=b""):
    check(libc.mount(source.encode(), target.encode(), kind, flags, options), f"mounting {source}")


def become_root():
    uid, gid = os.getuid(), os.getgid()
    check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare")
    if uid != 0:
        with open("/proc/self/setgroups", "w", encoding="ascii") as f:
            f.write("deny")
    for name, number in (("uid_map", uid), ("gid_map", gid)):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as f:
            f.write(f"0 {number} 1")


def enter_new():
    """The inode number of a namespace that we are in now."""
    check(libc.unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)")
    return os.stat("/proc/self/ns/net").st_ino


class Watch:
    """Counts how often files are opened, other than by O_PATH."""

    def __init__(self, *paths):
        self.fd = check(libc.inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "inotify_init1")
        for path in paths:
            check(libc.inotify_add_watch(self.fd, path.encode(), IN_OPEN), f"watching {path}")

    def count(self):
        n = 0
        while True:
            try:
                events = os.read(self.fd, 65536)
            except BlockingIOError:
                return n
            while events:
                events = events[struct.calcsize("iIII") + struct.unpack("iIII", events[:16])[3]:]
                n += 1


def cover(how, place, target):
    """Puts @how over the file @target below @place; what to watch."""
    if how == "fuse":
        fd = os.open("/dev/fuse", os.O_RDWR)
        mount("none", place, b"fuse", 0,
              f"fd={fd},rootmode=40000,user_id=0,group_id=0,allow_other".encode())
        return []
    mount("none", place, b"tmpfs")
    if how == "parent":
        os.symlink(os.path.dirname(sys.argv[2]), os.path.dirname(target))
        return []
    os.mkdir(os.path.dirname(target))
    if how == "link":
        os.symlink(sys.argv[2], target)
        return []
    if how == "fifo":
        os.mkfifo(target, 0o600)
    else:
        _, slave = pty.openpty()
        with open(target, "w", encoding="ascii"):
            pass
        mount(os.ttyname(slave), target, None, MS_BIND)
    return [target]


def by_mount(how):
    if how != "fuse":
        become_root()
    else:
        check(libc.unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    place = "/tmp"
    mount("none", place, b"tmpfs")
    target = f"{place}/d/" + (os.path.basename(sys.argv[2]) if how == "parent" else "b")
    os.mkdir(os.path.dirname(target))
    with open(target, "w", encoding="ascii"):
        pass
    home = os.open("/proc/self/ns/net", os.O_RDONLY) if how == "fuse" else None
    inode = enter_new()
    mount("/proc/self/ns/net", target, None, MS_BIND)
    if home is None:
        enter_new()  # there is no way back to where we have no right
    else:
        check(libc.setns(home, CLONE_NEWNET), "setns")
    watch = Watch(*cover(how, place, target))
    print(json.dumps({"inode": inode}), flush=True)
    sys.stdin.read()
    print(json.dumps({"opened": watch.count()}))


def by_fd():
    become_root()
    mount("none", "/tmp", b"tmpfs")
    os.mkfifo("/tmp/fifo", 0o600)
    inode = enter_new()
    namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
    enter_new()
    fifo = os.open("/tmp/fifo", os.O_RDWR)
    fd = os.dup(namespace)
    watch = Watch("/tmp/fifo")
    ended = threading.Event()

    def flip():
        while not ended.is_set():
            os.dup2(fifo, fd)
            os.dup2(namespace, fd)

    thread = threading.Thread(target=flip)
    thread.start()
    print(json.dumps({"inode": inode}), flush=True)
    sys.stdin.read()
    ended.set()
    thread.join()
    print(json.dumps({"opened": watch.count()}))


def main():
    if sys.argv[1] == "flip":
        by_fd()
    else:
        by_mount(sys.argv[1])


if __name__ == "__main__":
    main()
