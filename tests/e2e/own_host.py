# SPDX-License-Identifier: LGPL-2.1-or-later
"""A "host" of a test's own, a network namespace that a process is in, and orphans on it that have interfaces."""
import os
import subprocess

import nsorphan
from nsorphan import run, wait_until

READY = """
    echo ready
    exec sleep infinity
"""
# A process leaves what it was made in with a UDP socket of there, for the host.
HELD = """
    exec 3<>/dev/udp/127.0.0.1/9
    exec nsenter --net="$HOST_NETNS" sh -c 'echo held; exec sleep infinity'
"""


def inode_of(netns):
    return os.stat(netns).st_ino


class OwnHost:
    """@script makes its interfaces. What is to run on it begins with .prefix."""

    def __init__(self, stack, script):
        self.stack = stack
        self.process = self._start(f"set -e\n{script}{READY}")
        assert self.process.stdout.readline() == "ready\n"
        self.netns = f"/proc/{self.process.pid}/ns/net"
        self.prefix = ("nsenter", f"--net={self.netns}", "--")

    def _start(self, script, **options):
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "bash", "-c", script],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
        self.stack.callback(nsorphan.stop, process)
        return process

    def orphan(self, script, links):
        """An orphan with @links of the host's, set up by @script: its number, and its holder's pid."""
        holder = self._start(f"set -e\nread\n{script}{HELD}", env={**os.environ, "HOST_NETNS": self.netns})
        own = f"/proc/{holder.pid}/ns/net"
        wait_until(lambda: inode_of(own) != inode_of("/proc/self/ns/net"), "unshare")
        inode = inode_of(own)
        for link in links:
            run("ip", "link", "set", link, "netns", str(holder.pid), prefix=self.prefix)
        holder.stdin.write("\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "held\n"
        return inode, holder.pid
