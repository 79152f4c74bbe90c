# SPDX-License-Identifier: LGPL-2.1-or-later
"""The fault tests use the helpers of the end-to-end tests, and one small zoo for all of them."""
import contextlib
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import nsorphan  # noqa: E402

# What each must never be taken for anything else than; an orphan may be missed only with a reason.
ANIMALS = {
    "orphan": ("socket", "netlink"),
    "in flight": ("in-flight", "socket"),
    "private": ("private-fds",),
    "task": ("task", "leader"),
    "thread": ("task", "thread"),
    "pinned by fd": ("nsfs-fd", "link"),
    "pinned by mount": ("nsfs-mount",),
    "mapped": ("mapped-ring",),
}


@pytest.fixture(scope="session")
def zoo():
    """One of each, alive during all tests: {name: Zoo}."""
    with contextlib.ExitStack() as stack:
        animals = {}
        for name, argv in ANIMALS.items():
            animals[name] = nsorphan.Zoo(*argv)
            stack.callback(animals[name].stop)
        yield animals


@pytest.fixture(scope="session")
def baseline(zoo):
    """A scan without a fault; what this host hides from us anyway."""
    return nsorphan.scan()
