# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a scan says of states that change, or that have more than one holder, against the kernel's own list.

What a single holder brings about is a row of docs/holders.md, which test_scan_zoo.py and test_oracle.py
read. Here are the cases that a row cannot tell: something happens between two scans.
"""
import pytest

from nsorphan import scan, wait_until
from oracle import compare, ways_told
from test_scan_zoo import TABLE, need_kernel

# It makes no namespace at all.
NONE_MADE = "proc-net-forged"

# What keeps a namespace in one of these ways decides the verdict, whatever else holds it.
STRONGER = {"attached", "pinned"}

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


def test_a_table_shared_by_a_chain_that_never_stands_still(kernel, zoo):
    """Whether two share a table cannot be asked of one that is gone when the question comes."""
    made = zoo("hopper")
    for _ in range(10):
        assert kernel.has(made) == 1
        assert compare(kernel).census.verdict(made) == "orphaned"
        made.act()


@pytest.mark.parametrize("argv, verdict", [
    pytest.param(argv, verdict, id="-".join(argv))
    # A process that hangs while it exits shows no file, and so no socket either.
    for argv, verdict, *_ in TABLE if argv[0] != NONE_MADE and list(argv) != ["fuse", "exit"]])
def test_a_socket_as_well(kernel, zoo, argv, verdict):
    """Beside a socket, what pins still pins, what has no name is no second namespace, and what holds nothing
    is nothing."""
    need_kernel(argv)
    made = zoo(*argv, prefix=("env", "ZOO_SOCKET=1"))
    census = wait_until(lambda: (c := compare(kernel).census).find(made) and c, "a scan to find it")
    assert kernel.has(made) > 0
    namespace = census.find(made)
    assert namespace["verdict"] == (verdict if verdict in STRONGER else "orphaned")
    assert "socket" in [h["kind"] for h in namespace["holders"]]
    if verdict == "nothing":
        assert namespace["holderCount"] == 1
