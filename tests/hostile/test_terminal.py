# SPDX-License-Identifier: LGPL-2.1-or-later
"""A user's terminal is not the daemon's, and what is typed there does not end the watch."""
import subprocess
import sys
import time

import pytest

from nsorphan import DAEMON, Daemon, wait_until

# Leads a session without a terminal, as a service does; starts the daemon in it, and on a line of stdin
# takes a terminal for the session: from then on its keys send signals to the daemon too, as if the daemon
# had opened it. What it reads after that, in hexadecimal, is typed there.
SESSION = """
import fcntl, os, pty, signal, subprocess, sys, termios
os.setsid()
daemon = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTOU):
    signal.signal(number, lambda *_: None)
sys.stdin.readline()
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
os.tcsetpgrp(slave, os.getpgrp())
print("taken", daemon.pid, flush=True)
for line in sys.stdin:
    os.write(master, bytes.fromhex(line))
    print("typed", flush=True)
daemon.terminate()
sys.exit(daemon.wait(30))
"""


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return stat.read().rsplit(")", 1)[1].split()


@pytest.mark.parametrize("key", ["03", "1c", "1a"], ids=["interrupt", "quit", "suspend"])
def test_a_key_in_a_terminal_that_is_not_ours(tmp_path, spawn, key):
    started = Daemon(tmp_path)
    session = spawn([sys.executable, "-c", SESSION, DAEMON, f"--config={started.config}"], text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def answers():
        try:
            return started.call("org.varlink.service.GetInfo")
        except OSError:
            return None
    wait_until(answers, "the daemon to answer")
    session.stdin.write("\n")
    session.stdin.flush()
    pid = int(session.stdout.readline().split()[1])
    # Process group and session are those that the keys of the terminal go to.
    assert state_of(pid)[2:4] == [str(session.pid)] * 2
    session.stdin.write(key + "\n")
    session.stdin.flush()
    assert session.stdout.readline() == "typed\n"
    time.sleep(0.5)
    assert answers() and state_of(pid)[0] != "T"
    assert int(started.call("io.nsorphan.Scanner.GetStatus")["pid"]) == pid
    # It still does as it is told by those who may.
    session.stdin.close()
    assert session.wait(30) == 0
    told = "A terminal that is not ours has sent an interrupt" in session.stderr.read()
    assert told == (key == "03")
