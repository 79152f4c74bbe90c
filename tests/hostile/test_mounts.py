# SPDX-License-Identifier: LGPL-2.1-or-later
"""Somebody makes reading the mounts as dear as can be."""
import errno
import json
import os
import subprocess
import time

import pytest

import nsorphan
import seccomp


def cost_of_scan(**options):
    """The census, seconds, and the most memory that it took, in MiB."""
    before = time.monotonic()
    with subprocess.Popen([nsorphan.CTL, "scan", "--all", "--json=short", "--source=procfs"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options) as process:
        census = nsorphan.Census(json.load(process.stdout))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return census, time.monotonic() - before, usage.ru_maxrss / 1024


@pytest.mark.parametrize("options", [{}, {"preexec_fn": seccomp.deny(seccomp.LISTMOUNT, errno.ENOSYS)}],
                         ids=["listed", "by-task"])
def test_stacks_of_long_mounts(attack, zoo, options):
    """They cost their owner's share of the time, and hardly any memory; others are read as ever."""
    _, _, usual = cost_of_scan(**options)
    attack("stack-mounts", 8000, 8)
    made = zoo("nsfs-mount", "plain")
    census, seconds, memory = cost_of_scan(**options)
    assert census.verdict(made) == "pinned"
    # Two seconds are the share of one owner; the tasks are looked at a second time, and the host may
    # have other things to do.
    assert seconds < 20
    assert memory < usual + 8
