# SPDX-License-Identifier: LGPL-2.1-or-later
"""What may come out of a program that met a fault: its whole work, or part of it and the reason, or
an error and its sentence. Never a crash, a hang, a false word, or an fd left open."""
import json

import nsorphan

TRUTH = {"orphan": "orphaned", "in flight": "orphaned", "private": "orphaned", "task": "attached",
         "thread": "attached", "pinned by fd": "pinned", "pinned by mount": "pinned"}


def find(census, animal):
    """The namespace of a zoo program; by inode where no cookie was seen."""
    for namespace in census.namespaces:
        if namespace.get("inode") == animal.inode and \
                namespace.get("cookie", animal.cookie) == animal.cookie:
            return namespace
    return None


def not_seen_more(census, baseline):
    """Whether the census says that it saw less than the one without a fault."""
    now, before = census.coverage, baseline.coverage
    return (set(map(shape, now["reasons"])) > set(map(shape, before["reasons"])) or
            now["reasons"] != before["reasons"] or
            now["unresolvedHolders"] > before["unresolvedHolders"] or
            (before["tasksComplete"] and not now["tasksComplete"]))


def shape(reason):
    return "".join(c for c in reason if not c.isdigit())


def ended_well(done, what):
    """No signal, and where it failed, a sentence."""
    assert done.returncode >= 0, f"{what}: killed by signal {-done.returncode}\n{done.stderr}"
    assert done.returncode < 128, f"{what}: exit code {done.returncode}\n{done.stderr}"
    if done.returncode != 0:
        assert done.stderr.strip(), f"{what}: exit code {done.returncode} without a word"
    return done.returncode == 0


def told_the_truth(text, zoo, baseline, what, gone=False):
    """The words of a census that was printed. @gone: the fault said that something was gone, which
    is no reason to have missed it; but never one to take it for something else."""
    census = nsorphan.Census(json.loads(text))
    less = not_seen_more(census, baseline)
    # What was not readable before is no gap any more when it is gone.
    if less and not gone:
        assert not census.coverage["complete"], what
    assert census.coverage["complete"] == (not census.coverage["reasons"]), what
    for name, truth in TRUTH.items():
        namespace = find(census, zoo[name])
        verdict = namespace["verdict"] if namespace else None
        if verdict == truth or (gone and not verdict) or \
                (namespace and nsorphan.is_looked_at(namespace)):
            continue
        case = f"{what}: {name} is {truth}, told was {verdict}: {census.coverage} {namespace}"
        # Only where the scan says that it did not see everything.
        assert less, case
        if verdict == "orphaned":
            assert namespace.get("partial"), case
        if verdict == "orphaned" and truth == "attached":
            assert not census.coverage["tasksComplete"], case
