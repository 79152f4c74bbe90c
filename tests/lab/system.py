# SPDX-License-Identifier: LGPL-2.1-or-later
"""A system of its own with systemd as pid 1 and this project installed (tests/lab/boot-systemd)."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

import nsorphan

LAB = pathlib.Path(__file__).resolve().parent

# Of a leaking service: it holds a netlink socket of a namespace that nothing else is left of, and
# has told its numbers to the journal.
LEAKY_UNIT = """
[Unit]
Description=A service that leaks a network namespace
[Service]
ExecStart=/bin/sh -c 'sleep infinity | exec /usr/local/bin/zoo-socket netlink'
KillMode=control-group
"""

# Faster than a host would want it, so that a test need not wait.
CONFIGURATION = """
[Scan]
Source=procfs
Interval=1s
[Alert]
GraceSec=2s
"""

ADDRESS = "/run/nsorphand/io.nsorphan.Scanner"
INTERFACE = "io.nsorphan.Scanner"


def install():
    """Installs the build into a folder of its own: {path of the folder, what was installed}."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nsorphand-lab-"))
    nsorphan.run("meson", "install", "--no-rebuild", "--quiet", "-C", nsorphan.BUILD,
                 "--destdir", folder)
    installed = ["/" + str(path.relative_to(folder))
                 for path in folder.rglob("*") if not path.is_dir()]
    return folder, installed


class System:
    """A booted system. run() and its like run commands inside."""

    def __init__(self, name, configuration=CONFIGURATION):
        self.name = name
        self.folder, self.installed = self._install()
        self._write("etc/nsorphand/nsorphand.conf.d/50-lab.conf", configuration)
        self._write("etc/systemd/system/leaky@.service", LEAKY_UNIT)
        local = self.folder / "usr/local/bin"
        local.mkdir(parents=True)
        shutil.copy(nsorphan.ZOO / "socket", local / "zoo-socket")
        self._write_more()
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", LAB / "boot-systemd", "--over", self.folder, name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().strip()
        if not line:
            error = self.process.stderr.read().strip()
            status = self.process.wait(nsorphan.PATIENCE)
            self.stop()
            if status == nsorphan.UNAVAILABLE:
                pytest.skip(error)
            raise AssertionError(error)
        self.init = int(line)

    @staticmethod
    def _install():
        """What is laid over the root: {its folder, what is in it}."""
        return install()

    def _write_more(self):
        """For systems that have more than others have."""

    def _write(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
        try:
            self.process.wait(nsorphan.PATIENCE)
        finally:
            nsorphan.stop(self.process)
            shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, *argv):
        """A command line that runs @argv inside."""
        return ["nsenter", "-t", str(self.init), "-m", "-p", "-u", "-i", "-C", "--", "env", "-i",
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0",
                "TERM=dumb", *argv]

    def run(self, *argv, **options):
        return nsorphan.run(*self.command(*argv), **options)

    def out(self, *argv, **options):
        return self.run(*argv, **options).stdout

    def ok(self, *argv):
        return self.run(*argv, check=False).returncode == 0

    def read(self, path):
        return self.out("cat", path)

    def write(self, path, text):
        self.run("sh", "-c", 'mkdir -p "$(dirname "$1")"; printf %s "$2" >"$1"', "sh", path, text)

    def show(self, unit, prop):
        return self.out("systemctl", "show", "-P", prop, unit).strip()

    def active(self, unit):
        return self.show(unit, "ActiveState")

    def main_pid(self, unit="nsorphand.service"):
        return int(self.show(unit, "MainPID"))

    def varlink(self, method, parameters=None, *options, check=True):
        """`varlinkctl call`: the replies."""
        done = self.run("varlinkctl", "--json=short", *options, "call", ADDRESS,
                        f"{INTERFACE}.{method}", json.dumps(parameters or {}), check=check)
        return [json.loads(line) for line in done.stdout.replace("\x1e", "").splitlines()]

    def call(self, method, parameters=None):
        [reply] = self.varlink(method, parameters)
        return reply

    def journal(self, *matches):
        self.run("journalctl", "--sync")
        text = self.out("journalctl", "-q", "-o", "json", "--no-pager", *matches)
        return [json.loads(line) for line in text.splitlines()]

    def leak(self, name):
        """Starts a leaking service: what the zoo told of it."""
        unit = f"leaky@{name}.service"
        self.run("systemctl", "start", unit)

        def told():
            self.run("journalctl", "--sync")
            lines = self.out("journalctl", "-q", "-o", "cat", "-u", unit).splitlines()
            return [json.loads(line) for line in lines if line.startswith("{")]
        return nsorphan.wait_until(told, f"{unit} to leak")[-1]

    def orphan(self, facts):
        """What the daemon says of a namespace, or None."""
        replies = self.varlink("Get", {"cookie": facts["cookie"]}, check=False)
        found = [reply["namespace"] for reply in replies if "namespace" in reply]
        return found[0] if found else None

    def alerts(self, facts, *matches):
        """Entries of the journal about a namespace, oldest first."""
        return self.journal(f"NETNS_COOKIE={facts['cookie']}", *matches)


def pid_inside(system, pid):
    """The pid that a process of the system has on this host."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            lines = pathlib.Path(f"/proc/{entry}/status").read_text().splitlines()
            same = os.stat(f"/proc/{entry}/ns/pid") == os.stat(f"/proc/{system.init}/ns/pid")
        except OSError:
            continue
        numbers = [line.split()[-1] for line in lines if line.startswith("NSpid:")]
        if same and numbers == [str(pid)]:
            return int(entry)
    raise AssertionError(f"no process {pid} in the system")
