# SPDX-License-Identifier: LGPL-2.1-or-later
"""A daemon that keeps the client waiting."""
import time

from fake_daemon import FakeDaemon
from nsorphan import CTL, run


def test_more_is_announced_and_never_comes(tmp_path):
    fake = FakeDaemon(tmp_path / "fake", {"List": b'{"parameters": {}, "continues": true}\0'})
    begin = time.monotonic()
    done = run(CTL, f"--socket={fake.path}", "list", check=False)
    assert done.returncode == 69 and done.stdout == ""
    assert done.stderr == "nsorphanctl: The service did not answer within 30s\n"
    assert 25 < time.monotonic() - begin < 60
