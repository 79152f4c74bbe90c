# SPDX-License-Identifier: LGPL-2.1-or-later
"""The fd tables of processes that sleep: not walked again, and never wrong."""
import contextlib
import json
import os
import re
import signal
import subprocess
import time

import pytest

from nsorphan import BUILD, Census, kernel, needs_the_host, wait_until

SOCKETS = 500

pytestmark = pytest.mark.skipif(kernel() < (5, 12), reason="workers of io_uring are no threads here")


class Loop:
    """A scanner that scans without a pause."""

    def __init__(self, spawn):
        self.process = spawn([BUILD / "tests/e2e/scan-loop"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)

    def next(self, since=0):
        """The first census that began after that moment of CLOCK_MONOTONIC."""
        while True:
            line = json.loads(self.process.stdout.readline())
            if line["fromUSec"] > since * 1e6:
                return Census(line["census"])

    def rest(self, seconds=4):
        """Scans for longer than it takes to know who sleeps. The last census."""
        return self.next(time.monotonic() + seconds)

    def looks(self, log):
        """How many fds it looks at in a scan, on average."""
        with subprocess.Popen(["strace", "-f", "-qq", "-e", "trace=statx,write", "-o", log, "-p",
                               str(self.process.pid)]) as strace:
            wait_until(log.exists, "strace")
            for _ in range(12):
                self.next()
            # What strace has not written yet is of no importance.
            with contextlib.suppress(ProcessLookupError):
                strace.terminate()
        text = log.read_text()
        scans = len(re.findall(r'write\(1, "\{\\"fromUSec', text))
        assert scans > 3, "strace saw too little"
        return len(re.findall(r"statx\(", text)) / scans


def held(census, pid):
    """What a process holds, as comparable things."""
    return sorted((n["inode"], h["kind"], h["fd"], h.get("socketInode", 0))
                  for n, h in census.holders(pid) if h.get("fd", -1) >= 0)


def holders_of(census, cookie):
    return {h["pid"] for n in census.namespaces if n.get("cookie") == cookie for h in n["holders"]}


@needs_the_host
def test_same_as_a_walk(leaker, spawn, tmp_path):
    leaker.ask(f"fill {SOCKETS}")
    cookie = leaker.new()
    loop = Loop(spawn)
    first = loop.next()
    assert holders_of(first, cookie) == {leaker.process.pid}
    last = loop.rest()
    assert held(last, leaker.process.pid) == held(first, leaker.process.pid)
    assert last.coverage["fds"] > SOCKETS and last.coverage["sockets"] > SOCKETS
    # Small tables are walked all the same, and the large one every 16th time at most.
    assert loop.looks(tmp_path / "strace") < last.coverage["fds"] - SOCKETS / 2


def test_who_wakes_up_is_walked(leaker, spawn):
    leaker.ask(f"fill {SOCKETS}")
    loop = Loop(spawn)
    loop.rest()
    cookie = leaker.new()
    assert holders_of(loop.next(time.monotonic()), cookie) == {leaker.process.pid}
    loop.rest()
    leaker.drop(cookie)
    wait_until(lambda: not holders_of(loop.next(time.monotonic()), cookie), "the orphan's end")


def test_one_that_shares_the_table_wakes_up(leaker, spawn):
    """The other one has not run: what it holds has changed all the same."""
    leaker.ask(f"fill {SOCKETS}")
    sharer = int(leaker.ask("share")[0])
    loop = Loop(spawn)
    loop.rest()
    os.kill(sharer, signal.SIGUSR1)
    cookie = int(leaker.hear()[0])
    assert holders_of(loop.next(time.monotonic()), cookie) == {leaker.process.pid, sharer}


def test_one_comes_to_share_the_table(leaker, spawn):
    leaker.ask(f"fill {SOCKETS}")
    loop = Loop(spawn)
    loop.rest()
    sharer = int(leaker.ask("share")[0])
    loop.rest()
    os.kill(sharer, signal.SIGUSR1)
    cookie = int(leaker.hear()[0])
    assert holders_of(loop.next(time.monotonic()), cookie) == {leaker.process.pid, sharer}


def test_who_ends_holds_nothing(leaker, spawn):
    leaker.ask(f"fill {SOCKETS}")
    cookie = leaker.new()
    loop = Loop(spawn)
    assert holders_of(loop.rest(), cookie) == {leaker.process.pid}
    leaker.process.kill()
    leaker.process.wait()
    assert not loop.next(time.monotonic()).holders(leaker.process.pid)
