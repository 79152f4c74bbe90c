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


def test_daemon_leaves_a_stuck_scan_behind(zoo, daemon, blocker):
    leaker = zoo("socket", "netlink")
    d = daemon("[Scan]\nInterval=1h\nStuckSec=1s\n")

    def slowest_answer():
        start = time.monotonic()
        status = d.call(f"{INTERFACE}.GetStatus")
        assert time.monotonic() - start < 1, "the daemon waits for a scan"
        return status

    def left_out():
        return [s for s in slowest_answer()["skipped"] if s["pid"] == blocker.pid]

    [skipped] = wait_until(left_out, "the daemon to give the scan up", 40)
    assert skipped["step"]
    log = d.log.read_text()
    assert f"process {blocker.pid} (python" in log
    # The next one goes on without that process, finds what there is, and says what is missing.
    reply = d.call(f"{INTERFACE}.Refresh")
    assert any("left out" in reason for reason in reply["coverage"]["reasons"])
    assert d.call(f"{INTERFACE}.Get", {"cookie": leaker.cookie})
    assert "Left out" in d.ctl("status").stdout

    # The kernel lets go: the process is scanned again.
    blocker.release()
    wait_until(lambda: not left_out(), "the scan to come back")
    assert "has come back" in d.log.read_text()


def test_daemon_stops_with_a_scan_stuck(daemon, blocker):
    d = daemon("[Scan]\nInterval=1h\nStuckSec=1h\n")
    wait_until(lambda: d.call(f"{INTERFACE}.GetStatus").get("running", {}).get("pid") == blocker.pid,
               "the scan to get stuck")
    d.process.send_signal(signal.SIGTERM)
    wait_until(lambda: not d.socket.exists(), "the daemon to leave", 10)
    # The kernel keeps what is left of it until its thread is free.
    blocker.release()
    assert d.stop() == 0


def test_scan_leaves_a_stuck_process_out(zoo, spawn, blocker, tmp_path):
    leaker = zoo("socket", "netlink")
    output = tmp_path / "output"
    with open(output, "w") as f:
        process = spawn([CTL, "scan"], stdout=f, stderr=f)
    wait_until(lambda: "left out" in output.read_text(), "the scan to go on", 40)
    assert leaker.name in output.read_text()
    # The kernel keeps what is left of the client until its thread is free.
    blocker.release()
    assert process.wait(60) == 0


LINGER_SEC = 6
WATCHDOG_SEC = 1


def test_close_that_lingers(daemon, spawn, tmp_path):
    """The owner closes a socket while the scan has its duplicate, which is then the last: what the
    owner's close() would have waited for, only the scan waits for."""
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

    ends = []

    def refresh():
        d.call(f"{INTERFACE}.Refresh")
        ends.append(time.monotonic())

    scan = threading.Thread(target=refresh)
    scan.start()
    wait_until(has_duplicate, "the scan to duplicate the socket")
    owner.stdin.write("\n")
    owner.stdin.flush()
    assert float(owner.stdout.readline()) < 1, "it was not the last close()"
    start = fed = time.monotonic()
    slowest = hungriest = 0
    manager.drain()
    while not ends:
        before = time.monotonic()
        d.call(f"{INTERFACE}.GetStatus")
        slowest = max(slowest, time.monotonic() - before)
        if manager.drain():
            fed = time.monotonic()
        hungriest = max(hungriest, time.monotonic() - fed)
        time.sleep(0.05)
    scan.join()
    assert ends[0] - start > LINGER_SEC - 2, "the scan did not have to wait"
    assert slowest < 1
    assert hungriest < WATCHDOG_SEC
