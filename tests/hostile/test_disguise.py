# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is of the scanner itself is no holder. Nobody gets his own leak overlooked by looking like it."""
import pytest

from nsorphan import wait_until


@pytest.mark.parametrize("name", ["nsorphand", "nsorphanctl", "scan"])
def test_a_stranger_in_disguise_is_a_holder(daemon, attack, name):
    started = daemon()
    stranger = attack("attack_disguise.py", name)
    assert stranger.listed is False

    def leaked():
        found = [n for n in started.listed().values() if n.get("inode") == stranger.inode]
        return found and found[0]["state"] == "leaked" and found[0]
    entry = wait_until(leaked, "the leak")
    assert [h["pid"] for h in entry["holders"]] == [stranger.pid]
    assert stranger.end() == {}
