# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel's own list of network namespaces (tests/oracle), and a scan held against it.

Two things must hold on a host where other tests come and go: what a scan tells of, the kernel has;
and what the kernel has all through a scan, the scan tells of, or says that it cannot. A difference
counts only when it stays, for nothing can be looked at and scanned in one moment.
"""
import json
import re
import subprocess

import pytest

import nsorphan

ORACLE = nsorphan.BUILD / "tests/oracle/oracle"


def parse_look(line):
    """{(inode, cookie): references} of every namespace that is not being torn down."""
    return {(n["inode"], n["cookie"]): n["count"] for n in json.loads(line) if n["count"] > 0}


def identity(made):
    """(inode, cookie) of what a zoo program made, as the kernel's list has it."""
    return made.inode, made.cookie or 0


class Kernel:
    """The oracle at work."""

    def __init__(self):
        if not ORACLE.exists():
            pytest.skip("tests/oracle was not built: it takes clang, bpftool and libbpf-dev")
        self.process = subprocess.Popen([ORACLE], text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            error = self.process.stderr.read().strip()
            status = self.process.wait(nsorphan.PATIENCE)
            self.stop()
            assert status == nsorphan.UNAVAILABLE, error
            pytest.skip(error)

    def ask(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return json.loads(line) is not None and line

    def look(self):
        """As parse_look(). Waits while there are too many, because the kernel has to tear down thousands."""
        return parse_look(nsorphan.wait_until(self.ask, "the kernel to tear down namespaces"))

    def has(self, made):
        """The references that the kernel counts on what a zoo program made; 0: it is gone."""
        return self.look().get(identity(made), 0)

    def stop(self):
        nsorphan.stop(self.process)


def identities(census):
    """(inode, cookie or None) of the namespaces of a census that have a name."""
    return {(n["inode"], n.get("cookie")) for n in census.namespaces if "inode" in n}


def same(known, told):
    """Whether the kernel's (inode, cookie) is what a census told; a cookie may be unknown there."""
    return known[0] == told[0] and told[1] in (None, known[1])


class Comparison:
    """A scan between two looks at the kernel."""

    def __init__(self, before, census, after):
        self.before = before
        self.census = census
        self.after = after
        told = identities(census)
        # Told, and in neither look: gone before, or never there.
        self.false = {t for t in told
                      if not any(same(k, t) for k in (*self.before, *self.after))}
        # There all the time, and not told.
        self.missing = {k for k in self.before.keys() & self.after.keys()
                        if not any(same(k, t) for t in told)}
        self.nameless = [n for n in census.namespaces if "inode" not in n]
        # As many as there can be: of nameless ones too, each is one that the kernel has.
        self.unnamed = {k for k in {**self.before, **self.after}
                        if not any(same(k, t) for t in told)}

    @classmethod
    def make(cls, kernel, scan):
        before = kernel.look()
        census = scan()
        return cls(before, census, kernel.look())

    @property
    def too_many_nameless(self):
        return len(self.nameless) > len(self.unnamed)


def is_complete(census):
    """Whether a scan claims to have seen all there is: by BPF it does that of namespaces, always."""
    return census.coverage["complete"] or census.document.get("scan", {}).get("source") == "bpf"


def compare(kernel, scan=nsorphan.scan):
    """A scan that the kernel agrees with, as a Comparison.

    What was told and is not there, or is there and not told by a scan that claims to tell all, is a
    fault when the next scan does it again: it was gone, or there, for long then.
    """
    last = Comparison.make(kernel, scan)
    for _ in range(10):
        if not last.false and not last.too_many_nameless and \
                not (is_complete(last.census) and last.missing):
            return last
        again = Comparison.make(kernel, scan)
        assert not last.false & again.false, "the scan tells of namespaces that the kernel has not"
        if is_complete(last.census) and is_complete(again.census):
            assert not last.missing & again.missing, "a complete scan lacks what the kernel has"
        assert not (last.too_many_nameless and again.too_many_nameless), \
            f"more nameless namespaces than the kernel has: {again.nameless}"
        last = again
    raise AssertionError("no scan agreed with the kernel")


def gaps(census):
    """{text of a gap without its numbers: how many of the kind} of a census."""
    found = {}
    for reason in census.coverage["reasons"]:
        text = reason.split(" (")[0]
        number = re.search(r"\d+", text)
        found[re.sub(r"\d+", "N", text)] = int(number[0]) if number else 1
    return found


def ways_told(census, made, before=None):
    """The ways in which a scan tells of what a zoo program made, of "named", "nameless", "unresolved"
    and "gap". An empty set is silence. @before is a census from before the program started: without
    it, only a gap that names the program counts.
    """
    held = census.holders(made.pid)
    ways = set()
    if census.find(made):
        ways.add("named")
    if any(n and "inode" not in n for n, _ in held):
        ways.add("nameless")
    # Where no process holds it, as the program says, neither does the holder name one.
    nobodys = "unseen" in getattr(made, "facts", {}) and \
        any("pid" not in holder for holder in census.document.get("unresolved", []))
    if any(n is None for n, _ in held) or nobodys:
        ways.add("unresolved")
    if any(re.search(rf"\bpid {made.pid}\b", reason) for reason in census.coverage["reasons"]):
        ways.add("gap")
    if before is not None:
        known = gaps(before)
        # One is said in words of its own, several with their number.
        if any(count > known.get(text, 0) for text, count in gaps(census).items()):
            ways.add("gap")
    return ways
