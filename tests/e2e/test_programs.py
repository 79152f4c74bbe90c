# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real programs that leak: what `explain` says of them."""
import json
import os
import subprocess

import pytest

from nsorphan import CTL, run, wait_until

PYTHON = "/usr/bin/python3"  # for it has Debian's packages

# A handle that is kept in an object, as agents do that configure namespaces by their names.
IPROUTE = """
import os, sys
from pyroute2 import IPRoute, netns
name = sys.argv[1]
netns.create(name)
print(os.stat("/run/netns/" + name).st_ino, flush=True)
handles = []
for _ in range(int(sys.argv[2])):
    netns.pushns(name)
    handles.append(IPRoute())
    handles[-1].link("set", index=1, state="up")
    netns.popns()
netns.remove(name)
print("ready", flush=True)
input()
"""

# A namespace of which the object is kept: a process of the library's own is in it, and goes on.
NETNS = """
import os, sys
from pyroute2 import NetNS, netns
handles = [NetNS(sys.argv[1])]
print(os.stat("/run/netns/" + sys.argv[1]).st_ino, flush=True)
handles[0].link("set", index=1, state="up")
netns.remove(sys.argv[1])
print("ready", flush=True)
input()
"""


@pytest.fixture(name="pyroute2")
def pyroute2_(spawn, stack):
    """pyroute2(program, …) runs one in which it is imported; with the number of its namespace as .inode."""
    if run(PYTHON, "-c", "import pyroute2", check=False).returncode != 0:
        pytest.skip("python3-pyroute2 is not installed")

    def start(program, *argv):
        name = f"pyroute2-{os.getpid()}"
        stack.callback(run, "ip", "netns", "del", name, check=False)
        process = spawn([PYTHON, "-c", program, name, *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        text=True)
        process.inode = int(process.stdout.readline())
        assert process.stdout.readline() == "ready\n"
        return process
    return start


def verdict_of(inode):
    done = run(CTL, "explain", "--json=short", str(inode), check=False)
    return json.loads(done.stdout)["verdict"] if done.returncode == 0 else None


def explain(process, verdict="orphaned"):
    # Another test's scan may have a thread in there for a moment.
    wait_until(lambda: verdict_of(process.inode) == verdict, f"it to be {verdict}")
    return run(CTL, "explain", str(process.inode)).stdout


def test_a_handle_of_pyroute2(pyroute2):
    process = pyroute2(IPROUTE, "1")
    text = explain(process)
    assert f"python3 (pid {process.pid})" in text
    assert "The process opened it itself: the port id " in text
    assert "netlink_handle_kept\n" in text
    assert f"\n      kill {process.pid}\n" in text
    assert "Opened by another process" not in text


def test_more_handles_of_pyroute2(pyroute2):
    """The first has the pid for its number; the kernel makes up those of the others, which are alike."""
    process = pyroute2(IPROUTE, "3")
    text = explain(process)
    assert text.count(f"python3 (pid {process.pid}), user root") == 1
    assert "netlink_handle_kept\n" in text and "Opened by another process" not in text
    assert text.count("    Through ") == 2


def test_a_namespace_of_pyroute2(pyroute2):
    """It is in use, as long as the library's own process is in it: no orphan."""
    process = pyroute2(NETNS)
    assert "is not an orphan: processes are in it" in explain(process, "attached")
