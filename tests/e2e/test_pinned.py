# SPDX-License-Identifier: LGPL-2.1-or-later
"""Leaks that are no orphans: namespaces without a name, and names without anything else."""
import pytest

from nsorphan import CTL, run, scan

SOURCES = ["procfs", "auto"]
HINT = "; nsorphanctl scan --verdict=pinned"


def hint(*options):
    """The line with which `scan` counts them; None without one."""
    lines = [line for line in run(CTL, "scan", *options).stdout.splitlines() if line.endswith(HINT)]
    assert len(lines) <= 1
    return lines[0] if lines else None


@pytest.mark.parametrize("source", SOURCES)
def test_an_open_file_alone(zoo, source):
    made = zoo("nsfs-fd")
    namespace = scan(source=source).find(made)
    assert namespace["verdict"] == "pinned"
    assert namespace["unnamed"] and "empty" not in namespace
    assert "no name and no process, kept only by open files" in hint(f"--source={source}")


@pytest.mark.parametrize("source", SOURCES)
def test_a_name_alone(zoo, source):
    made = zoo("nsfs-mount", "plain")
    census = scan(source=source)
    namespace = census.find(made)
    assert namespace["verdict"] == "pinned" and "unnamed" not in namespace
    if "empty" not in namespace:
        # What something unseen may hold is not called empty; BPF counts all references.
        assert source == "procfs" and not census.coverage["complete"]
        return
    assert "nothing but a name, without process and socket" in hint(f"--source={source}")


def test_the_hint_is_for_those_that_are_not_listed(zoo):
    zoo("nsfs-fd")
    assert hint() and hint("--verdict=attached")
    for options in (["--all"], ["--verdict=pinned"], ["--no-legend"]):
        assert hint(*options) is None


def test_by_what_is_in_the_list(zoo):
    file, mount = zoo("nsfs-fd"), zoo("nsfs-mount", "plain")
    rows = {row.split()[0]: row for row in run(CTL, "scan", "--verdict=pinned").stdout.splitlines() if row}
    assert f"namespace fd {file.fd}" in rows[file.name]
    assert f"mount {mount.path}" in rows[mount.name]
