# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures that clean up behind every test: whatever it started is ended, come what may. For the
suites that start programs: e2e and hostile."""
import contextlib

import pytest

import nsorphan
import oracle


@pytest.fixture
def stack():
    with contextlib.ExitStack() as exit_stack:
        yield exit_stack


@pytest.fixture
def zoo(stack):
    """zoo("socket", "netlink") starts a program of the zoo."""
    def start(*argv, **options):
        program = nsorphan.Zoo(*argv, **options)
        stack.callback(program.stop)
        return program
    return start


@pytest.fixture
def spawn(stack):
    """Starts any process: as subprocess.Popen(), ended with the test."""
    def start(*argv, **options):
        process = nsorphan.subprocess.Popen(*argv, **options)
        stack.callback(nsorphan.stop, process)
        return process
    return start


@pytest.fixture
def daemon(stack, tmp_path):
    """daemon("[Alert]\\nGraceSec=0\\n") starts a daemon of the test's own."""
    def start(config="", **options):
        started = nsorphan.Daemon(tmp_path, config, **options)
        # What stands before it may not pass a SIGTERM on.
        how = nsorphan.signal.SIGKILL if options.get("prefix") else nsorphan.signal.SIGTERM
        stack.callback(lambda: started.process and started.stop(how))
        return started.start()
    return start


@pytest.fixture
def leaker(stack):
    """Leaks any number of namespaces from one process."""
    started = nsorphan.Leaker()
    stack.callback(nsorphan.stop, started.process)
    return started


@pytest.fixture
def journal(stack):
    started = nsorphan.Journal()
    stack.callback(started.stop)
    return started


@pytest.fixture(scope="session")
def kernel():
    """The kernel's own list of network namespaces; skips what needs it where there is none."""
    started = oracle.Kernel()
    yield started
    started.stop()
