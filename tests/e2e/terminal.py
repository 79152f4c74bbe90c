# SPDX-License-Identifier: LGPL-2.1-or-later
"""A terminal of so many columns, and what it is sent."""
import os
import pty
import re
import select
import signal
import time
import unicodedata


def on_terminal(argv, columns=200, **environment):
    """What was sent, and the wait status."""
    pid, fd = pty.fork()
    if pid == 0:
        for name in ("SYSTEMD_PAGER", "PAGER", "NO_COLOR", "SYSTEMD_COLORS", "SUDO_UID"):
            os.environ.pop(name, None)
        os.environ.update(TERM="xterm", COLUMNS=str(columns), **environment)
        os.execv(argv[0], [str(a) for a in argv])
    output = b""
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            if not select.select([fd], [], [], 1)[0]:
                continue
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            output += data
    finally:
        os.kill(pid, signal.SIGKILL)
        _, code = os.waitpid(pid, 0)
        os.close(fd)
    return output.decode(), code


def plain(text):
    """Without colours and carriage returns."""
    return re.sub("\033\\[[0-9;]*m", "", text).replace("\r\n", "\n")


def width(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
