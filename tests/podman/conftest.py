# SPDX-License-Identifier: LGPL-2.1-or-later
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from fixtures import daemon, journal, leaker, spawn, stack, zoo  # noqa: E402, F401
from engine import Agent, running  # noqa: E402


@pytest.fixture(scope="session")
def engine():
    with running() as started:
        yield started


@pytest.fixture
def agent(stack, engine):
    """agent(pid) leaks into the namespace of that process."""
    def start(pid):
        started = Agent(engine, pid)
        stack.callback(started.stop)
        return started
    return start
