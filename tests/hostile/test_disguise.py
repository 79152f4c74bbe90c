# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is of the scanner itself is no holder. Nobody gets his own leak overlooked by looking like it."""
import pytest

from nsorphan import BUILD, wait_until


@pytest.mark.parametrize("source", ["procfs", "bpf"])
@pytest.mark.parametrize("name", ["nsorphand", "nsorphanctl", "scan"])
def test_a_stranger_in_disguise_is_a_holder(daemon, attack, name, source):
    if source == "bpf" and not (BUILD / "tests/bpf/bpf-survey").exists():
        pytest.skip("built without BPF")
    started = daemon(f"[Scan]\nSource={source}\n")
    stranger = attack("attack_disguise.py", name)
    assert stranger.listed is False and stranger.marked is True

    def leaked():
        found = [n for n in started.listed().values() if n.get("inode") == stranger.inode]
        return found and found[0]["state"] == "leaked" and found[0]
    entry = wait_until(leaked, "the leak")
    assert [h["pid"] for h in entry["holders"]] == [stranger.pid]
    assert stranger.end() == {}
