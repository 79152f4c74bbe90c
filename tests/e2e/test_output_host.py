# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the verbs that scan by themselves print on a terminal of 80 and of 120 columns, on a small host: pid and
mount namespaces of the test's own, in which every number is the same each time, or has the same place.

NSORPHAN_RECORD=1 records it anew, below tests/e2e/output.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import nsorphan
from nsorphan import CTL, wait_until
from terminal import on_terminal, plain
from test_output import COLUMNS, assert_good, compare

ORPHAN = pathlib.Path(__file__).with_name("orphan.py")
INODE = re.compile(r"\b40265\d{5}\b")


# The names of others' namespaces are not this host's. The pid of what is run is 2.
SHELL = """
    exec 3<&0
    while read -r _ _ _ _ place rest; do
        case "$rest" in *" - nsfs "*) umount "$place";; esac
    done < /proc/self/mountinfo
    echo 1 > /proc/sys/kernel/ns_last_pid
    "$@" <&3 &
    wait
"""


class SmallHost:
    """orphan.py, all that runs there, and the verbs: pid 1 is a shell, and orphan.py is pid 2."""

    def __init__(self, *argv):
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--cgroup", "--mount", "--fork", "--mount-proc",
             "--kill-child", "sh", "-c", SHELL, "sh", sys.executable, ORPHAN, *argv],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.facts = json.loads(self.process.stdout.readline())
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        wait_until(lambda: children.read_text(encoding="utf-8").split(), "the shell")
        shell, = children.read_text(encoding="utf-8").split()
        self.prefix = [shutil.which("nsenter"), f"--target={shell}", "--pid", "--mount", "--cgroup", "--",
                       "nsenter", f"--target={self.facts['host']}", "--net", "--mount", "--"]
        host = self.run("stat", "-L", "-c", "%i", "/proc/self/ns/net").stdout.strip()
        self.inodes = {str(self.facts["inode"]): 4026532171, host: 4026532172,
                       str(os.stat("/proc/self/ns/net").st_ino): 4026531840}

    @property
    def name(self):
        return f"cookie:{self.facts['cookie']}"

    def run(self, *argv):
        return nsorphan.run(*argv, prefix=self.prefix)

    def number(self, match):
        """Of a namespace, always the same."""
        return str(self.inodes[match[0]])

    def printed(self, argv, columns):
        text, _ = on_terminal([*self.prefix, str(CTL), "--no-pager", *argv], columns, TZ="UTC", LC_ALL="C.UTF-8",
                              SYSTEMD_COLORS="0")
        text = re.sub(rf"\b{self.facts['cookie']}\b", "4102", INODE.sub(self.number, plain(text)))
        text = re.sub(r"^(NETNS +)COOKIE ", "NETNS            COOKIE ", text, flags=re.MULTILINE)
        text = re.sub(r"^(net:\[\d+\]) +\d+ ", r"\1   4102 ", text, flags=re.MULTILINE)
        # How many threads the verb itself has there is up to its workers.
        text = re.sub(r"^(net:\[4026532172\] .* attached +)\d+", r"\g<1>7", text, flags=re.MULTILINE)
        # Which of them has the lower number is up to the kernel.
        rows = r"(?:^net:\[.*\n(?:  .*\n)*)"
        return re.sub(f"{rows}+", lambda table: "".join(sorted(re.findall(rows, table[0], re.MULTILINE))), text,
                      flags=re.MULTILINE)


@pytest.fixture
def host(stack):
    def start(*argv):
        made = SmallHost(*argv)
        stack.callback(nsorphan.stop, made.process)
        return made
    return start


def transcript(host, verbs, columns):
    """Each command with what it prints, one after the other."""
    text = ""
    for argv in verbs:
        shown = re.sub(r"cookie:\d+", "cookie:4102", INODE.sub(host.number, " ".join(argv)))
        text += f"$ nsorphanctl {shown}\n{host.printed(argv, columns)}\n"
    return text


def assert_fits(text, columns):
    """All but sentences of errors, which a terminal breaks, and lines to be pasted."""
    assert_good("\n".join(line for line in text.splitlines()
                          if not line.startswith(("$ ", "nsorphanctl: ", "To undo it: "))), columns)


@pytest.mark.parametrize("columns", COLUMNS)
def test_scan(host, columns):
    made = host("busy")
    text = transcript(made, [["scan", "--source=procfs"], ["scan", "--source=procfs", "--all"]], columns)
    compare(f"scan-{columns}", text)
    assert_fits(text, columns)


@pytest.mark.parametrize("columns", COLUMNS)
def test_enter(host, columns):
    made = host("opened")
    text = transcript(made, [["enter", made.name, "echo", "inside"], ["enter", made.name, "/no/such/program"],
                             ["enter", "cookie:99999999999"]], columns)
    compare(f"enter-{columns}", text)
    assert_fits(text, columns)


@pytest.mark.parametrize("columns", COLUMNS)
def test_pin_and_unpin(host, columns):
    made = host("busy")
    made.run("ip", "netns", "add", "empty")
    empty = re.search(r"\d+", made.run("stat", "-L", "-c", "%i", "/run/netns/empty").stdout)[0]
    made.inodes[empty] = 4026532173
    pin = transcript(made, [["pin", made.name, "blue"], ["pin", made.name, "blue"], ["pin", made.name, "a/b"]], columns)
    compare(f"pin-{columns}", pin)
    assert_fits(pin, columns)
    unpin = transcript(made, [["unpin", made.name], ["unpin", empty], ["unpin", "--empty", empty]], columns)
    compare(f"unpin-{columns}", unpin)
    assert_fits(unpin, columns)


@pytest.mark.parametrize("columns", COLUMNS)
def test_silence(host, columns):
    made = host("busy")
    text = transcript(made, [["silence", made.name], ["silence", made.name], ["silence", "--undo", made.name],
                             ["silence", "--undo", made.name], ["silence", "pid:1"]], columns)
    compare(f"silence-{columns}", text)
    assert_fits(text, columns)
