# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nobody else takes a lock of ours, or keeps one from us; and two daemons share nothing."""
import os
import pathlib
import stat
import subprocess
import sys
import time

import pytest

from hostile import NOBODY
from nsorphan import DAEMON, Daemon, run, scan, wait_until

RUN = pathlib.Path("/run/nsorphand")

# Locks everything that can be opened of what it is given, says how many that were, and keeps them.
LOCK = """
import fcntl, os, sys
locked = []
for path in sys.argv[1:]:
    try:
        fd = os.open(path, os.O_RDONLY)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        locked.append(fd)
    except OSError:
        pass
print(len(locked), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def locker(spawn):
    """locker(path, …) keeps as uid 65534 what locks it can get, and returns how many."""
    def start(*paths):
        process = spawn([*NOBODY, sys.executable, "-c", LOCK, *map(str, paths)], text=True,
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return int(process.stdout.readline())
    return start


def test_locks_are_root_s_alone(daemon):
    daemon()
    scan()
    assert stat.S_IMODE(RUN.stat().st_mode) == 0o755 and RUN.stat().st_uid == 0
    for name in ("visit.lock", "listen.lock"):
        lock = (RUN / name).stat()
        assert (stat.S_IMODE(lock.st_mode), lock.st_uid) == (0o600, 0)


def test_nobody_takes_a_lock_of_ours(locker):
    """He can lock the directory, which is no lock, and nothing in it."""
    scan()
    assert locker(RUN) == 1
    assert locker(*(path for path in RUN.iterdir() if not path.is_dir())) == 0


def test_nobody_keeps_a_daemon_from_starting(public, locker):
    """Neither by the directory of its socket, nor by that of the other one, for metrics."""
    started = public()
    started.stop()
    metrics = started.folder / "report"
    metrics.mkdir()
    started.configure(f"[Varlink]\nMetricsSocket={metrics}/io.nsorphan.Scanner\n")
    assert locker(started.folder, metrics, started.state) == 3
    begin = time.monotonic()
    started.start()
    wait_until((metrics / "io.nsorphan.Scanner").is_socket, "the socket for metrics")
    assert time.monotonic() - begin < 2


def test_two_daemons_do_not_share_a_state_directory(daemon, tmp_path):
    first = daemon()
    assert stat.S_IMODE((first.state / "lock").stat().st_mode) == 0o600
    other = tmp_path / "other"
    other.mkdir()
    second = Daemon(other, f"[State]\nDirectory={first.state}\n")
    done = run(DAEMON, f"--config={second.config}", check=False)
    assert done.returncode == 75
    assert f"uses the state directory {first.state}" in done.stderr
    assert not second.socket.exists()
    # It is free again when the first has ended, also by force.
    first.stop(9)
    second.start()
    assert second.stop() == 0


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770])
def test_a_state_directory_that_others_can_write_to_is_refused(tmp_path, mode):
    refused = Daemon(tmp_path)
    refused.state.chmod(mode)
    done = run(DAEMON, f"--config={refused.config}", check=False)
    assert done.returncode == 77
    assert f"The state directory {refused.state}" in done.stderr
    assert os.listdir(refused.state) == []


def test_a_state_directory_of_somebody_else_is_refused(tmp_path):
    refused = Daemon(tmp_path)
    os.chown(refused.state, 65534, 65534)
    done = run(DAEMON, f"--config={refused.config}", check=False)
    assert done.returncode == 77
    assert os.listdir(refused.state) == []
