# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a scan must say of a row of docs/holders.md, wherever it runs."""
import re

from test_scan_zoo import TABLE

# Case: verdict, kind of holder, whether something of it is only counted.
CASES = {" ".join(argv): (verdict, kind, "counted" in note) for argv, verdict, kind, note in TABLE}

# Case: the oldest kernel that can tell, (6, 9).
SINCE = {" ".join(argv): tuple(map(int, found.groups())) for argv, _, _, note in TABLE
         if (found := re.match(r"Linux (\d+)\.(\d+)$", note))}


class Animal:
    """What a program of the zoo told."""

    def __init__(self, facts):
        self.inode = facts["inode"]
        self.cookie = facts.get("cookie")
        self.pid = facts["pid"]
        self.socket_inode = facts.get("socketInode")
        self.unseen = facts.get("unseen", False)

    def find(self, census):
        """Its namespace, or None. Without a socket in it, kernels below 6.18 tell no cookie."""
        found = [n for n in census.namespaces if n.get("inode") == self.inode
                 and n.get("cookie", self.cookie) == self.cookie]
        assert len(found) <= 1, found
        return found[0] if found else None


def check(case, animal, census, lacks=None, whole=True):
    """Asserts that a census says of an animal what its row does.

    @lacks: what is said where the kernel cannot tell, "told" or "unseen". @whole: whether all of
    the host shows, so that a scan which found everything must call its view complete.
    """
    expected, kind, counted = CASES[case]
    namespace = animal.find(census)
    held = ([(None, h) for h in census.unresolved if "pid" not in h] if animal.unseen
            else census.holders(animal.pid))

    if lacks:
        assert namespace is None
        if lacks == "told":
            assert not census.coverage["complete"] or kind in [h["kind"] for _, h in held]
    elif expected == "unseen":
        # Nowhere in procfs. Here so that the day a kernel shows them is noticed.
        assert namespace is None
        if counted:
            # Told, and never guessed.
            assert not census.coverage["complete"]
            assert any(f"pid {animal.pid}" in reason or "nothing visible leads to" in reason
                       for reason in census.coverage["reasons"])
    elif expected == "nothing":
        assert namespace is None or namespace["verdict"] == "attached"
        assert not [n for n, h in held if n is None or n["verdict"] != "attached"]
        assert census.coverage["complete"] or not whole, census.coverage
    elif expected in ("nameless", "unresolved"):
        # Its own namespace, or none known: never another one's.
        assert namespace is None
        for where, holder in held:
            if holder["kind"] == kind:
                assert where is None or (where["verdict"] == "orphaned" and "cookie" not in where)
        assert animal.socket_inode in [h.get("socketInode", animal.socket_inode)
                                       for _, h in held if h["kind"] == kind]
    else:
        assert namespace["verdict"] == expected
        assert kind in [h["kind"] for h in namespace["holders"]]
        if counted:
            assert not census.coverage["complete"]
        elif whole:
            assert census.coverage["complete"], census.coverage
            assert not namespace.get("partial")
    assert namespace is None or namespace["inode"] == animal.inode
