# SPDX-License-Identifier: LGPL-2.1-or-later
"""That a leak is gone is said when it is, and of no leak whose holder has only changed."""
import pathlib
import sys

import pytest

from nsorphan import REPO, kernel, needs_the_host, wait_until

SANDBOX = (sys.executable, REPO / "tests/hostile/sandbox.py")
SCANS = 6

# Others' leaks are not to hold back what is said of ours.
ALL_REPORTS = "[Alert]\nMaxPerMinute=100000\n"

# The last is as before Linux 6.18: no kernel says that a namespace exists.
PREFIXES = {"kernel": (), "scans": (*SANDBOX, "no-handle")}

# The one that moves may be seen, or is one of the gaps of the view: either way it is there.
WAYS = ["flight", "empty-flight", "thread", "child", "mapping"]


def scans(started, n=SCANS):
    for _ in range(n):
        started.ctl("refresh")


def wait_leaked(started, made):
    wait_until(lambda: started.listed().get(made.cookie, {}).get("state") == "leaked", "the leak")


def said(started):
    return pathlib.Path(started.log).read_text(encoding="utf-8")


@pytest.mark.parametrize("source", PREFIXES)
@pytest.mark.parametrize("way, deep", [(way, "no") for way in WAYS] +
                         [("flight", "yes"), ("empty-flight", "yes")])
def test_a_leak_that_changes_hands_is_not_gone(daemon, zoo, way, deep, source):
    started = daemon(f"[Scan]\nDeep={deep}\n{ALL_REPORTS}", prefix=PREFIXES[source])
    made = zoo("hand-over", way)
    wait_leaked(started, made)
    made.act()
    scans(started)
    # One that is only mapped may be known by its holder alone: then the kernel's word is all there is.
    leaks = started.listed()
    assert made.cookie in leaks or None in leaks, leaks
    assert f"net:[{made.inode}] is resolved" not in said(started)


@needs_the_host
@pytest.mark.skipif(kernel() < (6, 18) or kernel() >= (6, 19),
                    reason="before 6.18 and from 6.19 on the kernel does not say that one is gone")
@pytest.mark.parametrize("way", WAYS)
def test_the_kernel_says_that_it_is_gone(daemon, zoo, way):
    """Whatever is unreadable on this host."""
    started = daemon(ALL_REPORTS)
    made = zoo("hand-over", way)
    wait_leaked(started, made)
    made.act()
    scans(started, 1)
    made.stop()

    def ended():
        scans(started, 1)
        return f"net:[{made.inode}] is resolved" in said(started)
    wait_until(ended, "the end")
    assert made.cookie not in started.listed()


def test_without_the_kernel_it_takes_a_whole_view(daemon, zoo):
    """Two censuses that saw all there is; as long as there is none, nothing is said."""
    # No scan but those that are asked for.
    started = daemon(f"[Scan]\nDeep=yes\nInterval=1h\nTrigger=no\n{ALL_REPORTS}", prefix=PREFIXES["scans"])
    made = zoo("socket", "netlink")

    def leaked():
        scans(started, 1)
        return started.listed().get(made.cookie, {}).get("state") == "leaked"
    wait_until(leaked, "the leak")
    made.stop()
    # Others on this host may keep one census or the other from being complete.
    complete = [started.call("io.nsorphan.Scanner.Refresh")["coverage"]["complete"] for _ in range(SCANS)]
    if all(complete):
        wait_until(lambda: made.cookie not in started.listed(), "the end")
    listed = started.listed().get(made.cookie)
    assert (f"net:[{made.inode}] is resolved" in said(started)) == (listed is None)
    # Or a namespace that is new has its number: then it is gone, however little was seen.
    if not any(complete) and listed:
        assert listed["unconfirmed"] is True
