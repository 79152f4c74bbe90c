# SPDX-License-Identifier: LGPL-2.1-or-later
"""Attackers, and a daemon that they can reach."""
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import nsorphan  # noqa: E402
from fixtures import daemon, journal, leaker, spawn, stack, zoo  # noqa: E402, F401
from hostile import Attack, NOBODY  # noqa: E402


@pytest.fixture(scope="session")
def arsenal():
    """A folder that everybody can reach, with the attacking programs: those that meson has built,
    and tests/hostile/attack_*.py."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nsorphand-hostile-"))
    folder.chmod(0o755)
    here = pathlib.Path(__file__).parent
    for program in (nsorphan.BUILD / "tests/hostile").iterdir():
        if program.is_file() and os.access(program, os.X_OK):
            shutil.copy(program, folder)
    for script in here.glob("attack_*.py"):
        shutil.copy(script, folder)
        (folder / script.name).chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def attack(stack, arsenal):
    """attack("forge-netlink", port, "error") starts an attacker as uid 65534, and waits until it
    is at it; attack(…, prefix=…) as somebody else."""
    def start(program, *argv, prefix=NOBODY):
        started = Attack([*prefix, arsenal / program, *map(str, argv)])
        stack.callback(started.stop)
        return started.hear()
    return start


@pytest.fixture
def public(stack):
    """As `daemon`, in a folder that everybody can reach: who may connect, the socket's mode says."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nsorphand-hostile-"))
    stack.callback(shutil.rmtree, folder)
    folder.chmod(0o755)

    def start(config="", **options):
        started = nsorphan.Daemon(folder, config, **options)
        stack.callback(lambda: started.process and started.stop(nsorphan.signal.SIGKILL))
        return started.start()
    return start
