# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the end-to-end tests share: the zoo, the scan, a daemon and a journal of one's own.

Any number of these tests run at the same time on one host, which has namespaces of its own too: a
test looks for its own namespace, by cookie, and never counts the host's.
"""
import contextlib
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import time

import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("NSORPHAN_BUILD", REPO / "build"))
CTL = BUILD / "src/nsorphanctl/nsorphanctl"
DAEMON = BUILD / "src/nsorphand/nsorphand"
ZOO = BUILD / "tests/zoo"

FULL = os.environ.get("NSORPHAN_FULL") == "1"
PUSH = os.environ.get("NSORPHAN_PUSH") == "1"
# What a push must not break is looked at longer than what every day's check has time for.
THOROUGH = FULL or PUSH

# Longer than anything here takes on a busy host; whoever waits so long has failed.
PATIENCE = 60

# The zoo's exit code for "not on this kernel".
UNAVAILABLE = 77


def kernel():
    """Version of the running kernel, (6, 18)."""
    return tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])


# include/linux/proc_ns.h: numbers of the initial namespaces of processes and of users, since 3.8.
needs_the_host = pytest.mark.skipif(
    os.stat("/proc/self/ns/pid").st_ino != 0xEFFFFFFC or
    os.stat("/proc/self/ns/user").st_ino != 0xEFFFFFFD,
    reason="not all of the host shows in here, nor does the process connector tell of it")


# For `run(…, prefix=WITHOUT_PROC)`: in a mount namespace with no procfs on /proc.
WITHOUT_PROC = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc; exec "$@"', "sh")


def wait_until(condition, what, patience=PATIENCE):
    """Polls until condition() is true, and returns what it returned."""
    deadline = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"waited {patience} s for {what}"
        time.sleep(0.02)


def stop(process, how=signal.SIGKILL):
    """Ends a process that we started, and collects it."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        process.wait(PATIENCE)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(PATIENCE)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


class Zoo:
    """A zoo program at work; what it told are its attributes."""

    def __init__(self, *argv, prefix=()):
        self.process = subprocess.Popen(
            [*prefix, ZOO / argv[0], *argv[1:]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._hear()

    def _hear(self):
        line = self.process.stdout.readline()
        if not line:
            error = self.process.stderr.read().strip()
            status = self.process.wait(PATIENCE)
            self.stop()
            if status == UNAVAILABLE:
                pytest.skip(error)
            raise AssertionError(f"the zoo program ended with {status}: {error}")
        self.facts = json.loads(line)

    def __getattr__(self, name):
        """inode, cookie, pid, tid, fd, socketInode, path, device; None for what it has not."""
        return self.__dict__.get("facts", {}).get(name)

    @property
    def name(self):
        return f"net:[{self.inode}]"

    def act(self):
        """Asks for the program's next act, and takes in what it tells then."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self._hear()

    def stop(self):
        stop(self.process)


class Leaker:
    """leaker.py at work."""

    def __init__(self):
        self.process = subprocess.Popen(
            [REPO / "tests/e2e/leaker.py"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.hear()

    def hear(self):
        answer = self.process.stdout.readline().split()
        assert answer, self.process.stderr.read()
        return answer

    def new(self):
        """The cookie of a new leak."""
        return int(self.ask("new")[0])

    def guest(self):
        """(cookie, pid) of a new namespace that a child is in: a leak once that is killed."""
        cookie, _, pid = self.ask("guest")
        return int(cookie), int(pid)

    def kill(self, pid):
        """Ends that child; when it was gone, in seconds of CLOCK_BOOTTIME."""
        return float(self.ask(f"kill {pid}")[0])

    def drop(self, cookie):
        assert self.ask(f"drop {cookie}") == ["ok"]


class Census:
    """What a scan told."""

    def __init__(self, document):
        self.document = document
        self.coverage = document["coverage"]
        self.namespaces = document["namespaces"]
        self.unresolved = document.get("unresolved", [])

    def find(self, zoo):
        """The namespace that a zoo program made, or None."""
        found = [n for n in self.namespaces if self._is(n, zoo)]
        assert len(found) <= 1, found
        return found[0] if found else None

    @staticmethod
    def _is(namespace, zoo):
        """By cookie; one that only nsfs files lead to has none before Linux 6.18 tells it."""
        if zoo.cookie and "cookie" in namespace:
            return namespace["cookie"] == zoo.cookie
        return namespace.get("inode") == zoo.inode

    def verdict(self, zoo):
        namespace = self.find(zoo)
        return namespace["verdict"] if namespace else None

    def holders(self, pid):
        """(namespace, holder) for all that a process holds; None for what is unresolved."""
        return [(n, h) for n in self.namespaces for h in n["holders"] if h.get("pid") == pid] + \
               [(None, h) for h in self.unresolved if h.get("pid") == pid]


def run(*argv, prefix=(), check=True, timeout=PATIENCE, **options):
    """Runs a command to its end. Its stderr is shown when it fails."""
    done = subprocess.run([*prefix, *argv], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=timeout, **options)
    if check:
        assert done.returncode == 0, f"{argv}: exit code {done.returncode}: {done.stderr}"
    return done


SCANNERS = {"nsorphanctl", "nsorphand", "scan-loop"}


def is_looked_at(namespace):
    """Whether another scanner on this host just has a thread there, or a duplicate of an fd, to ask something."""
    return namespace.get("inode") != os.stat("/proc/self/ns/net").st_ino and \
        any(h.get("comm") in SCANNERS for h in namespace["holders"])


def scan(*options, source="procfs", prefix=(), **more):
    """One census by `nsorphanctl scan`, of all namespaces; not one made while another looked."""
    for _ in range(10):
        done = run(CTL, "scan", "--all", "--json=short", f"--source={source}", *options,
                   prefix=prefix, **more)
        assert done.stdout.count("\n") == 1
        census = Census(json.loads(done.stdout))
        if not any(map(is_looked_at, census.namespaces)):
            break
    return census


class Connection:
    """A plain Varlink connection, made with nothing but a socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # A socket with a time limit does not wait for its turn in a queue that is full (EAGAIN).
        self.socket.connect(str(path))
        self.socket.settimeout(PATIENCE)
        self.buffer = b""

    def send(self, method, parameters=None, **flags):
        message = {"method": method, "parameters": parameters or {}, **flags}
        self.socket.sendall(json.dumps(message).encode() + b"\0")

    def receive(self):
        while b"\0" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the daemon closed the connection")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, parameters=None):
        """The parameters of the one reply; an error reply fails."""
        self.send(method, parameters)
        reply = self.receive()
        assert "error" not in reply, reply
        return reply.get("parameters", {})

    def close(self):
        self.socket.close()


class Daemon:
    """A nsorphand with everything of its own: configuration, socket, state."""

    def __init__(self, folder, config="", prefix=(), environment=None, options=()):
        self.folder = pathlib.Path(folder)
        self.socket = self.folder / "io.nsorphan.Scanner"
        self.state = self.folder / "state"
        self.log = self.folder / "log"
        self.config = self.folder / "nsorphand.conf"
        self.prefix = prefix
        self.options = options
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.state.mkdir(exist_ok=True)
        self.configure(config)

    def configure(self, text):
        """@text comes last, so that it may override; a section may be opened again."""
        self.config.write_text(
            "[Scan]\nSource=procfs\nInterval=1s\nTrigger=no\nPriority=normal\n"
            "[Alert]\nGraceSec=500ms\n"
            f"[Varlink]\nSocket={self.socket}\nMetricsSocket=\n"
            f"[State]\nDirectory={self.state}\n" + text)

    def start(self):
        self.spawn()
        wait_until(self._answers, "the daemon to answer")
        return self

    def spawn(self):
        """Starts it without waiting until it answers."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.prefix, DAEMON,
                 f"--config={self.config}", *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment)

    def _answers(self):
        assert self.process.poll() is None, f"the daemon ended: {self.log.read_text()}"
        with contextlib.suppress(OSError):
            self.connect().close()
            return True
        return False

    def connect(self):
        return Connection(self.socket)

    def call(self, method, parameters=None):
        with contextlib.closing(self.connect()) as connection:
            return connection.call(method, parameters)

    def listed_all(self):
        """All orphans, as List tells them one by one."""
        with contextlib.closing(self.connect()) as connection:
            connection.send("io.nsorphan.Scanner.List", more=True)
            found = []
            while True:
                reply = connection.receive()
                assert "error" not in reply, reply
                found += [n for n in reply["parameters"]["namespaces"] if "state" in n]
                if not reply.get("continues"):
                    return found

    def listed(self):
        """The same by cookie."""
        return {n.get("cookie"): n for n in self.listed_all()}

    def ctl(self, *argv, **options):
        return run(CTL, f"--socket={self.socket}", *argv, **options)

    def stop(self, how=signal.SIGTERM):
        """Its exit code."""
        stop(self.process, how)
        return self.process.returncode


class Manager:
    """The other end of $NOTIFY_SOCKET."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(PATIENCE)

    def wait(self, *wanted):
        """The first message that has a line beginning with each of @wanted."""
        while True:
            lines = self.socket.recv(65536).decode().splitlines()
            if all(any(line.startswith(w) for line in lines) for w in wanted):
                return dict(line.split("=", 1) for line in lines)

    def drain(self):
        """How often the watchdog was fed since the last time."""
        fed = 0
        while select.select([self.socket], [], [], 0)[0]:
            fed += b"WATCHDOG=1" in self.socket.recv(65536)
        return fed


class Journal:
    """A systemd-journald in a mount namespace of its own, with a /run of its own.

    What is to log to it, or to read it, runs with .prefix before its command line.
    """

    SETUP = """
        set -e
        mount -t tmpfs -o mode=755 tmpfs /run
        mkdir -p /run/systemd/journal /run/log/journal /run/systemd/journald.conf.d
        tr -d - </proc/sys/kernel/random/uuid >/run/machine-id
        mount --bind /run/machine-id /etc/machine-id
        printf '[Journal]\\nStorage=volatile\\nReadKMsg=no\\nAudit=no\\nRateLimitBurst=0\\n' \
                >/run/systemd/journald.conf.d/test.conf
        exec /lib/systemd/systemd-journald
    """

    def __init__(self):
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private",
             "sh", "-c", self.SETUP],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.prefix = ("nsenter", f"--mount=/proc/{self.process.pid}/ns/mnt",
                       f"--wdns={os.getcwd()}", "--")
        wait_until(self._answers, "journald to start")

    def _answers(self):
        assert self.process.poll() is None, f"journald ended: {self.process.stderr.read()}"
        here = pathlib.Path(f"/proc/{self.process.pid}/root/run/systemd/journal/socket")
        comm = pathlib.Path(f"/proc/{self.process.pid}/comm").read_text()
        return comm.startswith("systemd-journal") and here.exists()

    def entries(self, *matches):
        """What journalctl says, as dictionaries, oldest first."""
        run("journalctl", "--sync", prefix=self.prefix, check=False)
        done = run("journalctl", "-o", "json", "--no-pager", "-q", *matches, prefix=self.prefix,
                   check=False)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def stop(self):
        stop(self.process, signal.SIGTERM)
