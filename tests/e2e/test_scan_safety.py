# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looking changes nothing: no fd stays, no socket is touched twice, no namespace lives longer.

That a scan which gets stuck harms nobody is in test_stuck.py.
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

import pytest

from nsorphan import BUILD, CTL, FULL, PATIENCE, Census, run, wait_until

SCAN_LOOP = BUILD / "tests/e2e/scan-loop"
SCANS = 1000 if FULL else 200


def start_loop(spawn, *argv, prefix=()):
    return spawn([*prefix, SCAN_LOOP, *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                 text=True)


def fds_after(spawn, scans):
    """What a scanner has open when it has done so many scans, with numbers of inodes left out."""
    loop = start_loop(spawn, str(scans))
    for _ in range(scans):
        assert loop.stdout.readline()
    folder = f"/proc/{loop.pid}/fd"
    return collections.Counter(re.sub(r"\d+", "N", os.readlink(f"{folder}/{fd}"))
                               for fd in os.listdir(folder))


def test_no_fd_stays(zoo, spawn):
    """Of sockets, tun files, namespaces, queues and what is in them."""
    for argv in (("socket", "udp"), ("tun", "attached"), ("nsfs-fd", "unmounted"), ("nsfs-mount",),
                 ("in-flight", "cycle"), ("in-flight", "nsfs"), ("mapped-ring",)):
        zoo(*argv)
    assert fds_after(spawn, SCANS) == fds_after(spawn, 1)


@pytest.mark.parametrize("inhabited", [True, False])
def test_how_often_a_socket_is_duplicated(zoo, spawn, tmp_path, inhabited):
    """Once in its life; and in every scan once where no task is: an inode number is no proof that it lives."""
    kinds = ("netlink", "udp", "tcp", "unix", "packet")
    prefix = ("env", "ZOO_INHABITED=1") if inhabited else ()
    inodes = {kind: zoo("socket", kind, prefix=prefix).socketInode for kind in kinds}
    log = tmp_path / "strace"
    loop = start_loop(spawn, "5", prefix=("strace", "-f", "-y", "-qq", "-e", "trace=pidfd_getfd",
                                          "-o", log))
    for _ in range(5):
        assert loop.stdout.readline()
    loop.stdin.close()
    loop.wait(PATIENCE)
    duplicated = collections.Counter(
        int(inode) for inode in re.findall(r"= \d+<\w+:\[(\d+)\]>", log.read_text()))
    found = {kind: duplicated[inode] for kind, inode in inodes.items()}
    # Of unix sockets, a dump inside their namespace has told all there is to know.
    once = dict.fromkeys(kinds, 1) | {"unix": 0}
    assert found == (once if inhabited else dict.fromkeys(kinds, 5))


def test_inode_that_outlives_its_socket_is_no_holder(zoo, spawn):
    """In the scans of one scanner, which has seen the socket: its O_PATH fd is still there."""
    made = zoo("opath", "socket-later")
    loop = start_loop(spawn)

    def verdict():
        return Census(json.loads(loop.stdout.readline())["census"]).verdict(made)
    wait_until(lambda: verdict() == "orphaned", "the orphan")
    made.act()
    wait_until(lambda: verdict() is None, "its end")
    assert [verdict() for _ in range(3)] == [None] * 3


MANY = """
import os, socket, sys
many = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(100)]
print(*(os.fstat(s.fileno()).st_ino for s in many), flush=True)
for number in sys.stdin:
    for s in many[:int(number)]:
        s.close()
    print("ok", flush=True)
"""


def test_only_listed_sockets_are_asked_for_more(spawn, tmp_path):
    """A census lists 64 holders of a namespace. The other sockets are duplicated once for the
    namespace they are in, and once more only if they come to be listed."""
    owner = spawn(["unshare", "--net", sys.executable, "-I", "-c", MANY], stdin=subprocess.PIPE,
                  stdout=subprocess.PIPE, text=True)
    inodes = list(map(int, owner.stdout.readline().split()))
    log = tmp_path / "strace"
    loop = start_loop(spawn, prefix=("strace", "-f", "-y", "-qq", "-e", "trace=pidfd_getfd", "-o",
                                     log))

    def listed(since=0):
        """The sockets listed, each with all that is to be known of it, by the third scan since."""
        scans = 0
        while scans < 3:
            line = json.loads(loop.stdout.readline())
            scans += line["fromUSec"] > since * 1e6
        held = [(n, h) for n, h in Census(line["census"]).holders(owner.pid)
                if h["kind"] == "socket"]
        assert {(h["family"], h["type"], h["protocol"]) for _, h in held} == {("inet", "dgram", "udp")}
        return held[0][0]["holderCount"], [h["socketInode"] for _, h in held]

    # The task itself is a holder, too, and the first.
    assert listed() == (101, inodes[:63])
    owner.stdin.write("20\n")
    owner.stdin.flush()
    assert owner.stdout.readline() == "ok\n"
    assert listed(time.monotonic()) == (81, inodes[20:83])
    loop.stdin.close()
    loop.wait(PATIENCE)
    times = collections.Counter(
        int(inode) for inode in re.findall(r"= \d+<\w+:\[(\d+)\]>", log.read_text()))
    # When it came to the 64th socket, it was not known yet that the task is in the same namespace.
    assert [times[inode] for inode in inodes] == [1] * 64 + [2] * 20 + [1] * 16


def test_listed_socket_is_never_duplicated(spawn, tmp_path):
    """The kernel lists unix sockets inside the namespace, so that none needs a closer look."""
    script = ("import os, socket, sys; s = socket.socket(socket.AF_UNIX); "
              "print(os.fstat(s.fileno()).st_ino, flush=True); sys.stdin.read()")
    owner = spawn(["unshare", "--net", sys.executable, "-I", "-c", script], stdin=subprocess.PIPE,
                  stdout=subprocess.PIPE, text=True)
    inode = int(owner.stdout.readline())
    log = tmp_path / "strace"
    done = run("strace", "-f", "-y", "-qq", "-e", "trace=pidfd_getfd", "-o", log,
               CTL, "scan", "--source=procfs", "--all", "--json=short")
    assert f":[{inode}]>" not in log.read_text()
    [(namespace, holder)] = [(n, h) for n, h in Census(json.loads(done.stdout)).holders(owner.pid)
                             if h["kind"] == "socket"]
    assert holder["socketInode"] == inode
    assert namespace["inode"] == os.stat(f"/proc/{owner.pid}/ns/net").st_ino


@pytest.fixture
def far_away(spawn):
    """A namespace with a process in it, for the near end of a wire."""
    process = spawn(["unshare", "--net", "sleep", "600"], stdin=subprocess.DEVNULL)
    wait_until(lambda: os.stat(f"/proc/{process.pid}/ns/net").st_ino !=
               os.stat("/proc/self/ns/net").st_ino, "a new namespace")
    return process


def test_namespace_goes_with_its_last_holder(zoo, spawn, far_away):
    """A wire with its far end in the namespace lasts exactly as long: it goes although scans run
    without a pause, and never before."""
    inside = ("nsenter", f"--net=/proc/{far_away.pid}/ns/net", "ip", "link")
    loop = start_loop(spawn)
    scans = []
    threading.Thread(target=lambda: [scans.append(line) for line in loop.stdout],
                     daemon=True).start()
    for number in range(10):
        made = zoo("socket", "udp", prefix=("env", "ZOO_INHABITED=1"))
        children = pathlib.Path(f"/proc/{made.pid}/task/{made.pid}/children")
        inhabitant = int(children.read_text())
        wire = f"wire{number}"
        run(*inside, "add", wire, "type", "veth", "peer", "name", "far", "netns", str(inhabitant))
        os.kill(inhabitant, 9)
        before = len(scans)
        wait_until(lambda: len(scans) >= before + 3, "scans that look at the orphan")
        assert run(*inside, "show", wire).stdout
        made.stop()
        wait_until(lambda: run(*inside, "show", wire, check=False).returncode != 0,
                   "the namespace to go", patience=20)
