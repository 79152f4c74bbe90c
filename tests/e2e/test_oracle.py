# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every program of the zoo, and what a scan says of it, against the kernel's own list."""
import os

import pytest

import nsorphan
from oracle import ORACLE, compare, ways_told
from test_scan_bpf import can_bpf
from test_scan_zoo import TABLE, need_kernel

# What a scan may say of a row: by name, or in one of the ways in which it is not passed over.
WAYS = {
    "attached": {"named"},
    "pinned": {"named"},
    "orphaned": {"named"},
    "nameless": {"named", "nameless", "unresolved"},
    "unresolved": {"named", "nameless", "unresolved"},
}


def test_it_lists_the_namespaces_that_we_know(kernel, zoo):
    """Ours, and one that is made, held and gone again."""
    ours = os.stat("/proc/self/ns/net").st_ino
    assert [inode for inode, _ in kernel.look()].count(ours) == 1
    made = zoo("socket", "udp")
    assert kernel.has(made) == 1
    made.stop()
    nsorphan.wait_until(lambda: not kernel.has(made), "the namespace to go")


def test_it_skips_where_it_may_not_look():
    """Told apart from a list that is empty, and from a fault of its own."""
    if not ORACLE.exists():
        pytest.skip("tests/oracle was not built")
    done = nsorphan.run(ORACLE, "once", prefix=("setpriv", "--bounding-set=-all", "--inh-caps=-all",
                                                "--reuid=65534", "--clear-groups"), check=False)
    assert done.returncode == nsorphan.UNAVAILABLE
    assert done.stdout == "" and "cannot be asked" in done.stderr


class FakeKernel:
    """Says what it is told to."""

    def __init__(self, *looks):
        self.looks = list(looks)

    def look(self):
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


def census(*namespaces, complete=True):
    return lambda: nsorphan.Census({
        "coverage": {"complete": complete, "reasons": []},
        "namespaces": [{"holders": [], **namespace} for namespace in namespaces]})


def test_a_scan_that_is_right_passes():
    assert compare(FakeKernel({(1, 7): 1}), census({"inode": 1, "cookie": 7}))
    assert compare(FakeKernel({(1, 7): 1}), census({"inode": 1}))
    # One that has no name here may be the one that the kernel has beside.
    assert compare(FakeKernel({(1, 7): 1, (2, 8): 1}),
                   census({"inode": 1}, {"anonymousInode": 5}, complete=False))


@pytest.mark.parametrize("looks, scan", [
    ([{(1, 7): 1}], census({"inode": 1, "cookie": 7}, {"inode": 2})),
    ([{(1, 7): 1}], census({"inode": 1, "cookie": 8})),
    ([{(1, 7): 1}], census({"inode": 2, "cookie": 7})),
    ([{(1, 7): 1}], census({"inode": 1}, {"anonymousInode": 5})),
    ([{(1, 7): 1, (2, 8): 1}], census({"inode": 1})),
], ids=["not there", "another cookie", "another inode", "nameless", "missing"])
def test_a_scan_that_is_wrong_fails(looks, scan):
    with pytest.raises(AssertionError):
        compare(FakeKernel(*looks), scan)


def test_what_is_gone_in_between_is_no_fault():
    there, gone = {(1, 7): 1, (2, 8): 1}, {(1, 7): 1}
    scans = [census({"inode": 1}, {"inode": 2}), census({"inode": 1})]
    # Scanned, and gone before the second look; and gone before the scan that was asked for then.
    assert compare(FakeKernel(there, gone), scans[0]).false == set()
    assert compare(FakeKernel(gone), lambda: scans.pop(0)()).false == set()
    # Made in between.
    assert compare(FakeKernel(gone, there), census({"inode": 1})).missing == set()


def test_ways_told():
    class Made:
        inode, cookie, pid = 1, 7, 42
    holder = {"pid": 42, "kind": "socket"}

    def ways(document, **more):
        return ways_told(nsorphan.Census({"coverage": {"complete": False, "reasons": []},
                                          "namespaces": [], **document}), Made, **more)
    assert ways({}) == set()
    assert ways({"namespaces": [{"inode": 1, "cookie": 7, "holders": []}]}) == {"named"}
    assert ways({"namespaces": [{"anonymousInode": 1, "holders": [holder]}]}) == {"nameless"}
    assert ways({"unresolved": [holder]}) == {"unresolved"}
    assert ways({"unresolved": [{"pid": 420}]}) == set()
    reasons = {"coverage": {"complete": False, "reasons": ["2 files of x (first: pid 42)"]}}
    assert ways(reasons) == {"gap"}
    reasons["coverage"]["reasons"] = ["2 files of x (first: pid 420)"]
    assert ways(reasons) == set()
    assert ways(reasons, before=nsorphan.Census({**reasons, "namespaces": []})) == set()
    assert ways(reasons, before=census()()) == {"gap"}


@pytest.mark.parametrize("argv, verdict", [pytest.param(argv, verdict, id="-".join(argv))
                                           for argv, verdict, *_ in TABLE])
def test_zoo(kernel, zoo, argv, verdict):
    need_kernel(argv)
    made = zoo(*argv)
    if verdict == "nothing":
        nsorphan.wait_until(lambda: not kernel.has(made), "the namespace to go")
    comparison = compare(kernel)
    # The row is true: it keeps a namespace, or none.
    assert verdict == "nothing" or kernel.has(made) > 0
    if verdict in WAYS:
        assert ways_told(comparison.census, made) & WAYS[verdict]


def by_bpf():
    return nsorphan.scan(source="bpf")


@can_bpf
@pytest.mark.parametrize("argv, verdict", [pytest.param(argv, verdict, id="-".join(argv))
                                           for argv, verdict, *_ in TABLE])
def test_zoo_by_bpf(kernel, zoo, argv, verdict):
    """The other source sees every namespace, with as many references as the kernel counts."""
    made = zoo(*argv)
    if verdict == "nothing":
        nsorphan.wait_until(lambda: not kernel.has(made), "the namespace to go")
    namespace = compare(kernel, by_bpf).census.find(made)
    if verdict == "nothing":
        assert namespace is None or namespace["verdict"] == "attached"
        return
    assert namespace["verdict"] == (verdict if verdict in ("attached", "pinned") else "orphaned")

    def counts():
        told = by_bpf().find(made).get("references")
        return not told or told["counted"] == kernel.has(made)
    nsorphan.wait_until(counts, "the same count of references", patience=5)
