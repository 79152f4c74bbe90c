# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every system call that a scan makes failing in turn, by strace: all of one kind, and single ones.

NSORPHAN_FULL=1 takes more single ones, and more errors.
"""
import pytest

import judge
import nsorphan
from faults import ERRORS, LATER, QUICK_ERRORS, count_calls, strace

SCAN = [nsorphan.CTL, "scan", "--source=procfs", "--all", "--json=short"]

SINGLE = 6
FULL_SINGLE = 25


@pytest.fixture(scope="module")
def calls(zoo, tmp_path_factory):
    """Those of a scan, but for printing."""
    counts = count_calls(SCAN, tmp_path_factory.mktemp("strace"))
    counts.pop("write", None)
    return counts


def scan_with(fault, zoo, baseline):
    """A scan that meets @fault, judged. Whether it noticed."""
    done = strace(SCAN, "-o", "/dev/null", f"--inject={fault}")
    if not judge.ended_well(done, fault):
        return True
    gone = any(f"error={error}" in fault for error in ("ENOENT", "ESRCH", "EBADF"))
    judge.told_the_truth(done.stdout, zoo, baseline, fault, gone)
    return judge.not_seen_more(nsorphan.Census(nsorphan.json.loads(done.stdout)), baseline)


def test_scan_uses_system_calls(calls):
    """The trace was understood: what every scan needs is in it."""
    assert {"openat", "getdents64", "readlinkat", "statx", "pidfd_getfd", "ioctl"} <= set(calls)


@pytest.mark.parametrize("error", ERRORS if nsorphan.FULL else QUICK_ERRORS)
def test_all_of_one_kind(error, calls, zoo, baseline):
    noticed = 0
    for name, (first, last) in sorted(calls.items()):
        noticed += scan_with(f"{name}:error={error}:when={first}+", zoo, baseline)
        if last > first + LATER:
            noticed += scan_with(f"{name}:error={error}:when={first + LATER}+", zoo, baseline)
    assert noticed > 0


@pytest.mark.parametrize("error", QUICK_ERRORS if nsorphan.FULL else ("ENOMEM",))
def test_single_ones(error, calls, zoo, baseline):
    noticed = 0
    most = FULL_SINGLE if nsorphan.FULL else SINGLE
    for name, (first, last) in sorted(calls.items()):
        step = max(1, (last - first + 1) // most)
        for number in range(first, last + 1, step):
            noticed += scan_with(f"{name}:error={error}:when={number}", zoo, baseline)
    assert noticed > 0
