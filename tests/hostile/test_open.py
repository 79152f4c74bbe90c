# SPDX-License-Identifier: LGPL-2.1-or-later
"""A way to a namespace is found, then exchanged for something else. Root opens the namespace or nothing."""
import contextlib
import pathlib
import sys

import pytest

from attack_cover import Watch
from nsorphan import CTL, run

SANDBOX = pathlib.Path(__file__).with_name("sandbox.py")
SANDBOXES = ["none", "no-handle", "enosys", "eperm"]
ATTACKS = ["link", "parent", "fifo", "terminal", "fuse", "flip"]
EXPLAIN_TIMES = 5


@pytest.fixture
def bait(tmp_path):
    """A file of root's that is watched."""
    path = tmp_path / "bait"
    path.write_text("root's\n")
    return path


def begin(attack, how, bait):
    return attack("attack_cover.py", how, *([bait] if how in ("link", "parent") else []),
                  **({"prefix": ()} if how == "fuse" else {}))


@pytest.mark.parametrize("sandbox", SANDBOXES)
@pytest.mark.parametrize("how", ATTACKS)
def test_explain_opens_the_namespace_or_nothing(attack, bait, how, sandbox):
    attacker = begin(attack, how, bait)
    watch = Watch(str(bait))
    for _ in range(EXPLAIN_TIMES):
        done = run(CTL, "explain", f"net:[{attacker.inode}]",
                   prefix=(sys.executable, SANDBOX, sandbox))
        assert f"net:[{attacker.inode}]" in done.stdout
    assert watch.count() == 0
    assert attacker.end() == {"opened": 0}


@pytest.mark.parametrize("how", ATTACKS)
def test_the_daemon_opens_nothing_and_keeps_no_terminal(attack, public, bait, how):
    """A session leader without a terminal gets the first one that it opens, and its ^C."""
    attacker = begin(attack, how, bait)
    watch = Watch(str(bait))
    started = public(prefix=("setsid", sys.executable, SANDBOX, "enosys"))
    for _ in range(EXPLAIN_TIMES):
        started.call("io.nsorphan.Scanner.Refresh")
        with contextlib.closing(started.connect()) as connection:
            connection.send("io.nsorphan.Scanner.Inspect", {"inode": attacker.inode})
            connection.receive()
    stat = pathlib.Path(f"/proc/{started.process.pid}/stat").read_text(encoding="ascii")
    # Fields 6 and 7 of proc_pid_stat(5): the session, and its terminal.
    assert stat.rpartition(")")[2].split()[3:5] == [str(started.process.pid), "0"]
    assert watch.count() == 0
    assert attacker.end() == {"opened": 0}
