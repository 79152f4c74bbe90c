# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real container engine, Podman with netavark and runc, on a host of its own: a mount and a network
namespace of ours, so that its bridge, its firewall rules and its images end with the test."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import nsorphan  # noqa: E402
from nsorphan import wait_until  # noqa: E402

# What podman keeps must not be the host's own; the uplink is there so that the engine finds one.
SETUP = """
    set -e
    for folder in /var/lib/containers /run/containers /run/libpod /run/netns /run/systemd/journal; do
            mkdir -p "$folder"
            mount -t tmpfs tmpfs "$folder"
    done
    ip link set lo up
    echo ready
    exec sleep infinity
"""
PODMAN = ("podman", "--storage-driver=vfs", "--cgroup-manager=cgroupfs", "--runtime=/usr/sbin/runc",
          "--log-level=error")
# The limits of the machine that runs the tests may be lower than what podman asks for by itself.
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096", "--ulimit=memlock=8388608:8388608")
APPLETS = ("sh", "sleep", "httpd", "cat")


class Engine:
    """@folder is for the image. What is to see the host that the engine runs on begins with .prefix."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--net", "--propagation", "private",
             "sh", "-c", SETUP],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n", "the engine's host cannot be made"
        namespaces = f"/proc/{self.process.pid}/ns"
        self.prefix = ("nsenter", f"--mount={namespaces}/mnt", f"--net={namespaces}/net",
                       f"--wdns={os.getcwd()}", "--")
        self.containers = []
        self._import(pathlib.Path(folder))

    def _import(self, folder):
        """The smallest image that a container can run from: busybox, which is static."""
        root = folder / "root"
        for name in ("bin", "dev", "etc", "proc", "sys", "tmp"):
            (root / name).mkdir(parents=True)
        shutil.copy("/bin/busybox", root / "bin/busybox")
        for applet in APPLETS:
            (root / "bin" / applet).symlink_to("busybox")
        nsorphan.run("tar", "-C", root, "-cf", folder / "root.tar", ".")
        self.podman("import", folder / "root.tar", "local/base")

    def log_to(self, journal):
        """Whoever runs on the engine's host logs to that journal from now on."""
        nsorphan.run("ln", "-sfn", f"/proc/{journal.process.pid}/root/run/systemd/journal/socket",
                     "/run/systemd/journal/socket", prefix=self.prefix)

    def podman(self, *argv, **options):
        return nsorphan.run(*PODMAN, *argv, prefix=self.prefix, **options).stdout.strip()

    def start(self, name, *command, options=()):
        """A running container with an address of the bridge's."""
        self.podman("run", "--detach", f"--name={name}", *LIMITS, "--network=bridge", *options, "local/base",
                    *(command or ("sleep", "900")))
        container = Container(self, name)
        self.containers.append(container)
        return container

    def stop(self):
        for container in self.containers:
            self.podman("rm", "--force", "--ignore", "--time=0", container.name, check=False)
        nsorphan.stop(self.process)


class Container:
    def __init__(self, engine, name):
        self.engine = engine
        self.name = name
        facts = json.loads(engine.podman("inspect", name))[0]
        self.id = facts["Id"]
        self.pid, self.monitor = facts["State"]["Pid"], facts["State"]["ConmonPid"]
        network = facts["NetworkSettings"]["Networks"]["podman"]
        self.address, self.mac = network["IPAddress"], network["MacAddress"]
        self.netns = os.stat(f"/proc/{self.pid}/ns/net").st_ino

    def remove(self, network_fails=False):
        """With @network_fails the engine's network plugin ends with an error (it finds no iptables), as
        plugins do: the engine removes the container all the same, and leaves its interfaces. The container's
        monitor is killed before, for it cleans up as well, with a plugin that finds all it needs."""
        if network_fails:
            os.kill(self.monitor, signal.SIGKILL)
        environment = {**os.environ, "PATH": "/usr/bin:/bin"} if network_fails else None
        self.engine.podman("rm", "--force", "--time=0", self.name, env=environment, check=not network_fails)
        assert self.name not in self.engine.podman("ps", "--all", "--format={{.Names}}").split()
        wait_until(lambda: not pathlib.Path(f"/proc/{self.pid}").exists(), "the container to end")


# Enters the namespace as monitoring agents do, keeps a netlink socket, and leaves again.
AGENT = """
import ctypes, os, socket, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(15, b"net-agent", 0, 0, 0)
home = os.open("/proc/self/ns/net", os.O_RDONLY)
inside = os.open(f"/proc/{sys.argv[1]}/ns/net", os.O_RDONLY)
def enter(fd):
    if libc.setns(fd, 0x40000000) < 0:
        raise OSError(ctypes.get_errno(), "setns")
enter(inside)
handle = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
handle.bind((0, 0))
enter(home)
os.close(inside)
print("ready", flush=True)
sys.stdin.read()
"""


class Agent:
    """A process that leaks into the namespace of process @pid until it is stopped."""

    def __init__(self, engine, pid):
        self.process = subprocess.Popen(
            [*engine.prefix, "/usr/bin/python3", "-c", AGENT, str(pid)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n", "the agent cannot enter"
        self.pid = self.process.pid

    def stop(self):
        nsorphan.stop(self.process)


def answers(engine, address):
    """Whether @address answers a ping on the engine's host."""
    done = nsorphan.run("busybox", "ping", "-c1", "-W1", address, prefix=engine.prefix, check=False)
    return done.returncode == 0


def wait_until_silent(engine, address):
    deadline = time.monotonic() + nsorphan.PATIENCE
    while answers(engine, address):
        assert time.monotonic() < deadline, f"{address} still answers"


@contextlib.contextmanager
def running():
    """An engine for as long as tests need it; they are skipped where it is not installed."""
    missing = [p for p in ("podman", "runc", "conmon", "iptables", "busybox") if not shutil.which(p)]
    if missing:
        pytest.skip(f"not installed: {' '.join(missing)} (contrib/check installs it)")
    with tempfile.TemporaryDirectory(prefix="nsorphand-podman-") as folder:
        started = Engine(folder)
        yield started
        started.stop()
