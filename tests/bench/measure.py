# SPDX-License-Identifier: LGPL-2.1-or-later
"""How contrib/bench measures: a load, a command's cost, a daemon's."""
import contextlib
import dataclasses
import functools
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import nsorphan  # noqa: E402

BENCH = nsorphan.BUILD / "tests/bench"
LAB_ROOT = pathlib.Path(os.environ["NSORPHAN_LAB_ROOT"])
TICKS = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def load(processes=1, sockets=0, namespaces=1, orphans=0, files=0, threads=0, awake=0):
    """A load of bench-load's, in place while the block runs."""
    numbers = (processes, sockets, namespaces, orphans, files, threads, awake)
    with subprocess.Popen([BENCH / "bench-load", *map(str, numbers)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n", "the load cannot be made"
            yield
        finally:
            process.kill()
    # Its processes and their namespaces go a little later, and that costs time too.
    time.sleep(1)


def lab_tool(name, *arguments):
    """A program of the lab's root, run here through its own loader."""
    libraries = LAB_ROOT / "usr/lib/x86_64-linux-gnu"
    return [LAB_ROOT / "lib64/ld-linux-x86-64.so.2", "--library-path", libraries,
            LAB_ROOT / "usr/bin" / name, *arguments]


@dataclasses.dataclass
class Cost:
    """Of one command, in seconds."""
    wall: float
    cpu: float


def once(command):
    """The cost of one run. lsns fails when a process ends while it looks at it, so a tool of the
    lab's is run once more then; ours must not fail."""
    for _ in range(3 if LAB_ROOT in pathlib.Path(command[0]).parents else 1):
        start = time.monotonic()
        # Not Popen: wait4() tells what this very child has used.
        pid = os.posix_spawn(command[0], [str(part) for part in command], os.environ, file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
        _, status, usage = os.wait4(pid, 0)
        wall = time.monotonic() - start
        if os.waitstatus_to_exitcode(status) == 0:
            return Cost(wall, usage.ru_utime + usage.ru_stime)
    raise AssertionError(f"{command[0]}: {status}")


def compare(commands, rounds):
    """The median cost of each of a dictionary of commands, measured by turns, so that whatever else
    the machine does meets all of them."""
    for command in commands.values():
        once(command)
    costs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(once(command))
    return {name: Cost(statistics.median(c.wall for c in list_),
                       statistics.median(c.cpu for c in list_)) for name, list_ in costs.items()}


class Daemon(nsorphan.Daemon):
    """A daemon to be measured; it scans when told to, and hardly ever by itself. As on a host where
    it is installed, there is a journal, and its group is in /etc/group."""

    CONFIGURATION = "[Scan]\nSource=procfs\nInterval=1h\nTrigger=no\nPriority=normal\n"

    def __init__(self, configuration=CONFIGURATION, prefix=(), **options):
        self.folder_owner = tempfile.TemporaryDirectory(prefix="nsorphand-bench-")
        self.journal = nsorphan.Journal()
        super().__init__(self.folder_owner.name, configuration + "[Varlink]\nGroup=root\n",
                         prefix=(*self.journal.prefix, *prefix), **options)

    def __enter__(self):
        self.start()
        nsorphan.wait_until(lambda: "scan" in self.call("GetStatus"), "the first scan", 120)
        return self

    def __exit__(self, *_):
        self.stop()
        self.journal.stop()
        self.folder_owner.cleanup()

    def call(self, method, parameters=None):
        return super().call(f"io.nsorphan.Scanner.{method}", parameters)

    @functools.cached_property
    def pid(self):
        return self.call("GetStatus")["pid"]

    def scan(self):
        """Scans now: seconds, as the daemon itself counts them."""
        return self.call("Refresh")["scan"]["durationUSec"] / 1e6

    def first_scan(self):
        return self.call("GetStatus")["scan"]["durationUSec"] / 1e6

    def cpu(self):
        """Seconds of CPU used so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def cpu_precisely(self):
        """The same, of the threads that live, to the nanosecond."""
        return sum(int(path.read_text().split()[0])
                   for path in pathlib.Path(f"/proc/{self.pid}/task").glob("*/schedstat")) / 1e9

    def memory(self, line="VmRSS"):
        """Bytes resident; "VmHWM": at most so far."""
        for text in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if text.startswith(line + ":"):
                return int(text.split()[1]) * 1024
        raise KeyError(line)

    def switches(self):
        """Context switches of all its threads so far."""
        total = 0
        for path in pathlib.Path(f"/proc/{self.pid}/task").glob("*/status"):
            total += sum(int(line.split()[1]) for line in path.read_text().splitlines()
                         if "ctxt_switches" in line)
        return total


def exponent(points):
    """The exponent of the power law that fits (size, cost) best, by least squares of the logs."""
    x = [math.log(size) for size, _ in points]
    y = [math.log(cost) for _, cost in points]
    mean_x, mean_y = statistics.mean(x), statistics.mean(y)
    return (sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) /
            sum((a - mean_x) ** 2 for a in x))


def percentiles(values):
    """(median, 99th, maximum)"""
    values = sorted(values)
    return values[len(values) // 2], values[len(values) * 99 // 100], values[-1]
