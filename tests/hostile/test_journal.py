# SPDX-License-Identifier: LGPL-2.1-or-later
"""Anybody can write to the journal what looks like an alert of ours. The documented queries show it to
nobody."""
import re
import subprocess
import sys

from hostile import NOBODY
from nsorphan import REPO, wait_until

LEAKED = "2ab0f6b08e9748e193eb116a997d8bfe"

# The native protocol of systemd-journald: a line for each field.
FORGE = """
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(sys.argv[1].encode(), "/run/systemd/journal/socket")
"""


def test_a_forged_alert_is_not_in_the_documented_query(journal):
    entry = (f"MESSAGE=Network namespace net:[4026531840] has leaked\\nMESSAGE_ID={LEAKED}\\n"
             "PRIORITY=4\\nSYSLOG_IDENTIFIER=nsorphand\\nNETNS_CHANGE=leaked\\n"
             "_SYSTEMD_UNIT=nsorphand.service\\nUNIT=nsorphand.service\\n").replace("\\n", "\n")
    subprocess.run([*journal.prefix, *NOBODY, sys.executable, "-c", FORGE, entry], check=True)
    wait_until(lambda: journal.entries(f"MESSAGE_ID={LEAKED}"), "the forged entry")
    queries = re.findall(r"^ +journalctl (.*)$", (REPO / "docs/journal.md").read_text(), re.MULTILINE)
    assert queries
    for query in queries:
        words = [word for word in query.split() if "=" in word and not word.startswith("--")]
        assert any(word.startswith("MESSAGE_ID=") for word in words)
        assert journal.entries(*words) == []
