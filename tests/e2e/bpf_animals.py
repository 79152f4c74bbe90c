# SPDX-License-Identifier: LGPL-2.1-or-later
"""What BPF must tell of each animal of the zoo: the table of docs/holders.md."""
import re

from nsorphan import REPO

ROW = re.compile(r"^\| (attached|pinned|orphaned) \| `([^`]+)` \| ([a-z_, ]*)\| ?(?:(\d+) of (\d+))? ?\|$",
                 re.MULTILINE)

# Case: verdict, kinds of the holders, references explained and counted (None: a task is in it).
ANIMALS = {case: (verdict, sorted(re.findall(r"\w+", kinds)), explained and int(explained),
                  counted and int(counted))
           for verdict, case, kinds, explained, counted
           in ROW.findall((REPO / "docs/holders.md").read_text())}
# And what keeps nothing: by the table of what can hold one.
NOTHING = re.findall(r"^\| `([^`]+)` \| [^|]+ \| nothing \|",
                     (REPO / "docs/holders.md").read_text(),
                     re.MULTILINE)
# The last: it goes on sending when its process has gone.
ANIMALS["tcp-closing"] = ANIMALS.pop("tcp-closing")

# No fd leads to it.
NO_FD = {"mapped-ring", "mapped-socket", "tcp-closing", "bpf pinned-link", "io-uring registered"}
# Nor a process: it has none, or only the stack of a thread knows.
NO_PROCESS = {"tcp-closing", "blocked-call", "aio-poll", "kernel-mount", "bpf pinned-link"}
# Files beside the one that the program tells of.
MORE_FDS = {"nameless", "unseen-veth"}


def check_holder(case, holder, made):
    program = case.split()[0]
    if {case, program} & NO_PROCESS:
        assert "pid" not in holder
        return
    assert holder["pid"] == made.pid
    assert holder["tid"] == (made.tid or made.pid)
    if program not in MORE_FDS:
        assert holder.get("fd") == (None if {case, program} & NO_FD else made.fd)


def check(case, made, survey):
    """Holds the survey against the animal: @made has inode, cookie, pid, tid, fd, socketInode."""
    verdict, kinds, explained, counted = ANIMALS[case]
    namespace, = [n for n in survey["namespaces"]
                  if n["inode"] == made.inode and made.cookie in (None, n["cookie"])]
    assert namespace["verdict"] == verdict
    if verdict == "attached":
        assert namespace["tasks"] == 1 and "holders" not in namespace
        return
    assert (namespace["explained"], namespace["counted"]) == (explained, counted)
    # A mount shows in the number of paths alone.
    assert sorted(h["kind"] for h in namespace["holders"]) == [k for k in kinds if k != "nsfs_mount"]
    for holder in namespace["holders"]:
        check_holder(case, holder, made)
    if verdict == "pinned":
        assert namespace["paths"] - namespace["pathsExplained"] == kinds.count("nsfs_mount")
