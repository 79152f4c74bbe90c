# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a scan says of states that change, or that have more than one holder, against the kernel's own list.

What a single holder brings about is a row of docs/holders.md, which test_scan_zoo.py and test_oracle.py
read. Here are the cases that a row cannot tell: something happens between two scans.
"""
import pytest

from nsorphan import scan
from oracle import compare, ways_told
from test_scan_zoo import need_kernel

# A process that sleeps all the while gets one after the other: what a scan says of the first, and of
# those after it. A queue of a stream shows its first message only; the rest are counted.
SLEEPERS = [
    ("seccomp", {"named"}, {"named"}),
    ("accept", {"named"}, {"named"}),
    ("queue", {"named"}, {"named", "gap"}),
    ("ring", {"named", "nameless", "unresolved"}, {"named", "nameless", "unresolved"}),
]


@pytest.mark.parametrize("how, first, others", SLEEPERS, ids=[how for how, *_ in SLEEPERS])
def test_what_a_sleeping_process_is_given_is_seen(kernel, zoo, how, first, others):
    """What was seen of a process that has not run since is no reason to not look again."""
    need_kernel(["sleeper", how])
    before = scan()
    made = zoo("sleeper", how)
    expected = first
    for _ in range(4):
        assert kernel.has(made) > 0
        census = compare(kernel).census
        assert ways_told(census, made, before) & expected
        assert census.verdict(made) in (None, "orphaned")
        made.act()
        expected = others
