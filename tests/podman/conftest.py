# SPDX-License-Identifier: LGPL-2.1-or-later
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from fixtures import daemon, journal, leaker, spawn, stack, zoo  # noqa: E402, F401
from engine import Agent, Engine  # noqa: E402


@pytest.fixture(scope="session")
def engine():
    missing = [p for p in ("podman", "runc", "conmon", "iptables", "busybox") if not shutil.which(p)]
    if missing:
        pytest.skip(f"not installed: {' '.join(missing)} (contrib/check installs it)")
    with tempfile.TemporaryDirectory(prefix="nsorphand-podman-") as folder:
        started = Engine(folder)
        yield started
        started.stop()


@pytest.fixture
def agent(stack, engine):
    """agent(pid) leaks into the namespace of that process."""
    def start(pid):
        started = Agent(engine, pid)
        stack.callback(started.stop)
        return started
    return start
