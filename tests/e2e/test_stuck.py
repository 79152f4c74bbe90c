# SPDX-License-Identifier: LGPL-2.1-or-later
"""A process that blocks whoever looks into it blocks neither the daemon nor `nsorphanctl scan`."""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest

from nsorphan import CTL, Manager, stop, wait_until

INTERFACE = "io.nsorphan.Scanner"


class Blocker:
    def __init__(self, server):
        self.server = server
        self.pid = int(server.stdout.readline())

    def release(self):
        self.server.stdin.write("\n")
        self.server.stdin.flush()


@pytest.fixture
def blocker(tmp_path):
    if not os.path.exists("/dev/fuse"):
        pytest.skip("no /dev/fuse on this host")
    folder = tmp_path / "fuse"
    folder.mkdir()
    script = pathlib.Path(__file__).with_name("blocker.py")
    server = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", sys.executable, "-I", script,
         folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    # First of all: until the server is dead nobody who peeked can be killed.
    yield Blocker(server)
    stop(server)


def scanning_thread(process):
    """Its folder in /proc. A thread for a single job may end under our eyes."""
    for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        with contextlib.suppress(OSError):
            if (task / "comm").read_text() == "scan\n":
                return task
    return None


@pytest.fixture
def stall(spawn, tmp_path):
    """Holds one system call of a daemon's scanning thread, until the tracer ends."""
    def start(process):
        task = wait_until(lambda: scanning_thread(process), "the daemon's scanning thread")
        tracer = spawn(["strace", "-qq", "-e", "trace=readlinkat",
                        "-e", "inject=readlinkat:delay_enter=60000000:when=40", "-o",
                        tmp_path / "strace", "-p", task.name], stdin=subprocess.DEVNULL)
        wait_until(lambda: f"TracerPid:\t{tracer.pid}\n" in (task / "status").read_text(),
                   "strace to attach")
        return tracer
    return start


def test_daemon_leaves_a_stuck_scan_behind(zoo, daemon, stall):
    leaker = zoo("socket", "netlink")
    d = daemon("[Scan]\nInterval=1h\nStuckSec=10s\nThreads=1\n")
    d.call(f"{INTERFACE}.Refresh")
    tracer = stall(d.process)
    scan = threading.Thread(target=lambda: d.call(f"{INTERFACE}.Refresh"))
    scan.start()

    def left_out():
        start = time.monotonic()
        status = d.call(f"{INTERFACE}.GetStatus")
        assert time.monotonic() - start < 1, "the daemon waits for a scan"
        return status["skipped"]

    [skipped] = wait_until(left_out, "the daemon to give the scan up", 40)
    assert skipped["step"] and skipped["pid"] > 0
    assert f"process {skipped['pid']}" in d.log.read_text()
    # The next one goes on without that process, finds what there is, and says what is missing.
    reply = d.call(f"{INTERFACE}.Refresh")
    assert any("left out" in reason for reason in reply["coverage"]["reasons"])
    assert d.call(f"{INTERFACE}.Get", {"cookie": leaker.cookie})
    assert "Left out" in d.ctl("status").stdout
    # The kernel lets go: the process is scanned again.
    stop(tracer, signal.SIGTERM)
    wait_until(lambda: not left_out(), "the scan to come back")
    assert "has come back" in d.log.read_text()
    scan.join()


def held_files(pid):
    """What a process has open besides its three standard files, its socket and its own /proc."""
    found = []
    for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if int(fd.name) > 3:
                found.append(os.readlink(fd))
    return found


def lookers(parent):
    """The children of the program's fork server."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, rest = stat.read_text().rsplit(")", 1)
            if name.endswith("(nsorphan-look"):
                server = pathlib.Path(f"/proc/{rest.split()[1]}/stat").read_text()
                if int(server.rsplit(")", 1)[1].split()[1]) == parent:
                    found.append(int(stat.parent.name))
    return found


def test_daemon_is_not_blocked_by_a_file_in_flight(zoo, daemon, blocker):
    """Only a child is, which holds that file and nothing else, and which nobody waits for."""
    leaker = zoo("socket", "netlink")
    d = daemon("[Scan]\nInterval=1h\nStuckSec=1h\n")
    start = time.monotonic()
    for _ in range(3):
        reply = d.call(f"{INTERFACE}.Refresh")
    assert time.monotonic() - start < 10
    assert d.call(f"{INTERFACE}.Get", {"cookie": leaker.cookie})
    # The first look told all; since then that queue is left alone, and it is said so.
    assert any("gets stuck" in reason for reason in reply["coverage"]["reasons"])
    [looker] = lookers(d.process.pid)
    # close(2) has taken the file out of its table before it asks the server.
    assert held_files(looker) == []
    start = time.monotonic()
    d.process.send_signal(signal.SIGTERM)
    assert d.process.wait(10) == 0
    assert time.monotonic() - start < 5
    assert pathlib.Path(f"/proc/{looker}").exists(), "it was not stuck"
    blocker.release()
    wait_until(lambda: not pathlib.Path(f"/proc/{looker}").exists(), "the child to end")


def test_a_queue_is_looked_into_again_when_the_child_is_free(daemon, blocker):
    d = daemon("[Scan]\nInterval=1h\n")

    def is_blocked():
        reasons = d.call(f"{INTERFACE}.Refresh")["coverage"]["reasons"]
        return any("gets stuck" in reason for reason in reasons)

    wait_until(is_blocked, "a look to get stuck")
    blocker.release()
    wait_until(lambda: not is_blocked(), "looks to go on")


def test_scan_is_not_blocked_by_a_file_in_flight(zoo, blocker):
    leaker = zoo("socket", "netlink")
    start = time.monotonic()
    done = subprocess.run([CTL, "scan", "--source=procfs"], capture_output=True, text=True, timeout=30)
    # Nor is the reader of its output, which a child that is left behind does not have.
    assert time.monotonic() - start < 10
    assert done.returncode == 0
    assert leaker.name in done.stdout


LINGER_SEC = 30
WATCHDOG_SEC = 1


def test_close_that_lingers(daemon, spawn, tmp_path):
    """The owner closes a socket while the scan has its duplicate, which is then the last: the scan
    does not wait for as long as the owner's close() would have done."""
    manager = Manager(tmp_path / "notify")
    d = daemon("[Scan]\nInterval=1h\n", environment={
        "NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": str(WATCHDOG_SEC * 1000000)})
    d.call(f"{INTERFACE}.Refresh")
    # All sockets but those made from here on are known. Of these a duplicate stays for two seconds.
    tracer = spawn(["strace", "-f", "-qq", "-e", "trace=pidfd_getfd",
                    "-e", "inject=pidfd_getfd:delay_exit=2000000", "-o", tmp_path / "strace",
                    "-p", str(d.process.pid)], stdin=subprocess.DEVNULL)
    tasks = pathlib.Path(f"/proc/{d.process.pid}/task")
    wait_until(lambda: all(f"TracerPid:\t{tracer.pid}\n" in (task / "status").read_text()
                           for task in tasks.iterdir()), "strace to attach")
    script = pathlib.Path(__file__).with_name("lingerer.py")
    owner = spawn(["unshare", "--net", sys.executable, "-I", script, str(LINGER_SEC)],
                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    link = f"socket:[{int(owner.stdout.readline())}]"

    def has_duplicate():
        for fd in pathlib.Path(f"/proc/{d.process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if os.readlink(fd) == link:
                    return True
        return False

    scan = threading.Thread(target=lambda: d.call(f"{INTERFACE}.Refresh"))
    scan.start()
    wait_until(has_duplicate, "the scan to duplicate the socket")
    owner.stdin.write("\n")
    owner.stdin.flush()
    assert float(owner.stdout.readline()) < 1, "it was not the last close()"
    start = fed = time.monotonic()
    slowest = hungriest = 0
    manager.drain()
    while has_duplicate():
        before = time.monotonic()
        d.call(f"{INTERFACE}.GetStatus")
        slowest = max(slowest, time.monotonic() - before)
        if manager.drain():
            fed = time.monotonic()
        hungriest = max(hungriest, time.monotonic() - fed)
        time.sleep(0.05)
    # Two seconds are the tracer's.
    assert time.monotonic() - start < LINGER_SEC / 2
    stop(tracer, signal.SIGTERM)
    scan.join()
    assert slowest < 1
    assert hungriest < WATCHDOG_SEC
