# SPDX-License-Identifier: LGPL-2.1-or-later
"""What explain prints is pasted by root: nothing that others have chosen is on the line of a command."""
import json
import re

import pytest

from nsorphan import CTL, run

# Every line of advice that is a command. Words in capitals are for the reader to fill in.
COMMANDS = re.compile(
    r"(nsorphanctl enter cookie:\d+ ip addr"
    r"|nsorphanctl pin cookie:\d+ NAME"
    r"|kill \d+"
    r"|systemctl restart '[A-Za-z0-9:_.\\@-]+\.service'"
    r"|systemctl --user -M \d+@ restart '[A-Za-z0-9:_.\\@-]+\.service'"
    r"|(docker|podman) restart [0-9a-f]{12,64}"
    r"|crictl stop [0-9a-f]{12,64}"
    r"|nsorphanctl release (--holder=\d+(:\d+)? )?cookie:\d+)")


def commands(text):
    """The lines of "What to do" that stand by themselves: the others end like sentences."""
    advice = text.split("\nWhat to do\n", 1)[1]
    return [line.strip() for line in advice.splitlines() if not line.rstrip().endswith((":", "."))]


@pytest.mark.parametrize("how", ["comm", "file", "environment"])
def test_a_name_is_never_on_the_line_of_a_command(attack, how):
    attacker = attack("attack_names.py", how)
    text = run(CTL, "explain", f"net:[{attacker.inode}]").stdout
    assert "\033" not in text
    found = commands(text)
    assert f"kill {attacker.pid}" in found
    for line in found:
        assert COMMANDS.fullmatch(line), line
    assert "gdb" not in text


def test_a_container_that_a_process_claims_is_said_to_be_claimed(attack):
    attacker = attack("attack_names.py", "environment")
    name = f"net:[{attacker.inode}]"
    text = run(CTL, "explain", name).stdout
    assert "by its own account in the docker container" in text
    assert "docker restart" not in text
    told = json.loads(run(CTL, "explain", name, "--json=short").stdout)
    [process] = [p for p in told["processes"] if p["pid"] == attacker.pid]
    assert process["container"] == {"manager": "docker", "claimed": True}


def test_a_name_makes_nobody_be_ignored(attack, public):
    """Nor does a file of one's own at the path that the administrator named, as one sees it."""
    attacker = attack("attack_names.py", "comm")
    d = public("[Ignore]\nExecutable=/usr/bin/sleep\nCommand=*\n")
    d.call("io.nsorphan.Scanner.Refresh")
    found = d.call("io.nsorphan.Scanner.Get", {"inode": attacker.inode})["namespace"]
    assert found["state"] in ("suspected", "leaked")
    assert not found.get("ignored")
    assert "use Executable= or Unit=" in d.log.read_text()
