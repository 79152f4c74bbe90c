# SPDX-License-Identifier: LGPL-2.1-or-later
"""contrib/bench: measures, and prints the figures as Markdown."""
import contextlib
import datetime
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

import bench_bpf
import measure
import nsorphan
import plot

DOCUMENT = nsorphan.REPO / "docs/performance.md"
PLOT = nsorphan.REPO / "docs/cost.svg"
BEGIN, END = "<!-- figures: contrib/bench --update -->", "<!-- end of figures -->"

SCAN = [nsorphan.CTL, "scan"]
SCAN_ALL = [*SCAN, "--all", "--json=short"]
# The walk over procfs, whether the kernel can be asked by BPF or not.
WALK = [*SCAN, "--source=procfs"]
FLOOR = [measure.BENCH / "bench-floor"]
MEBI = 1 << 20

# What the figures must be at most (design: unnoticed on every host of a fleet).
BARS = {
    **bench_bpf.BARS,
    "first scan / lsns": 0.30,
    "repeated scan / lsns": 0.25,
    "repeated scan / floor": 5.0,
    "scan / lsns, 2,000 namespaces": 0.60,
    "resident MiB, 100,000 sockets": 12.0,
    "resident MiB, idle host": 4.0,
}


class Report:
    """Markdown on stdout and for the document; remembers what missed its bar."""

    def __init__(self):
        self.lines = []
        self.missed = []
        self.walk_cpu = None  # seconds of CPU that a repeated scan by procfs takes

    def say(self, line=""):
        self.lines.append(line)
        print(line, flush=True)

    def table(self, *columns):
        self.say()
        self.row(*columns)
        self.row(*(["---"] + ["---:"] * (len(columns) - 1)))

    def row(self, *cells):
        self.say("| " + " | ".join(cells) + " |")

    def bar(self, name, value):
        held = value <= BARS[name]
        if not held:
            self.missed.append(name)
        self.row(name, f"{value:.3g}", f"{BARS[name]:g}", "held" if held else "**missed**")


def milliseconds(seconds):
    return f"{seconds * 1e3:,.1f} ms"


def machine(report):
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    lsns = subprocess.run(measure.lab_tool("lsns", "--version"), capture_output=True, text=True)
    report.say(f"Measured on {datetime.date.today()}: Linux {os.uname().release}, "
               f"{os.cpu_count()} CPUs ({model.group(1) if model else 'unknown'}), "
               f"{lsns.stdout.strip()}.")


def repeated_scans(daemon, rounds):
    """(median seconds, CPU seconds) of a scan of a daemon that has scanned before."""
    took = sorted(daemon.scan() for _ in range(rounds * 2))
    before = daemon.cpu()
    for _ in range(rounds):
        daemon.scan()
    return took[len(took) // 2], (daemon.cpu() - before) / rounds


def against_others(report, sockets, processes, rounds):
    """The bars: one scan, and one more, against lsns, lsfd and the floor."""
    load = {"processes": processes, "sockets": sockets, "namespaces": 50, "orphans": 5,
            "files": sockets // 5, "threads": processes * 2}
    with measure.load(**load):
        costs = measure.compare({
            "a bare walk of the fd tables (floor)": FLOOR,
            "nsorphanctl scan": SCAN,
            "nsorphanctl scan --source=procfs": WALK,
            "nsorphanctl scan --source=procfs --all --json=short": [*SCAN_ALL, "--source=procfs"],
            "lsns -t net": measure.lab_tool("lsns", "-t", "net"),
            "lsfd -o PID,FD,SOCK.NETNS": measure.lab_tool("lsfd", "-o", "PID,FD,SOCK.NETNS"),
        }, rounds)
        with measure.Daemon() as daemon:
            first = daemon.first_scan()
            repeated, cpu = repeated_scans(daemon, rounds)
            report.walk_cpu = cpu
            # The floor beside it, so that both met the same machine.
            floor = measure.compare({"floor": FLOOR}, rounds)["floor"].wall
            resident, peak = daemon.memory(), daemon.memory("VmHWM")
    lsns = costs["lsns -t net"].wall

    report.say()
    report.say(f"### {sockets:,} sockets in {processes} processes")
    report.say()
    report.say(f"{load['files']:,} other files, {load['threads']:,} threads, "
               f"{load['namespaces']} namespaces with tasks, {load['orphans']} orphans. Medians "
               f"of {rounds} rounds, by turns.")
    report.table("command", "time", "CPU time", "time / lsns")
    for name, cost in costs.items():
        report.row(name, milliseconds(cost.wall), milliseconds(cost.cpu), f"{cost.wall / lsns:.2f}")
    report.row("the daemon's first scan", milliseconds(first), "", f"{first / lsns:.2f}")
    report.row("the daemon's scans after it", milliseconds(repeated), milliseconds(cpu),
               f"{repeated / lsns:.2f}")
    report.say()
    report.say(f"The daemon's resident memory: {resident / MEBI:.1f} MiB after the scans, at most "
               f"{peak / MEBI:.1f} MiB.")

    report.table("bar", "measured", "at most", "")
    report.bar("first scan / lsns", costs["nsorphanctl scan --source=procfs"].wall / lsns)
    report.bar("repeated scan / lsns", repeated / lsns)
    report.bar("repeated scan / floor", repeated / floor)
    report.bar("resident MiB, 100,000 sockets", resident / MEBI)


def idle_host(report, seconds):
    """The daemon with nothing to do but to feed the watchdog, as under systemd."""
    with measure.Daemon(environment={"WATCHDOG_USEC": "30000000"}) as daemon:
        assert daemon.pid
        time.sleep(1)
        cpu, switches = daemon.cpu(), daemon.switches()
        time.sleep(seconds)
        cpu, switches = daemon.cpu() - cpu, daemon.switches() - switches
        resident = daemon.memory()
    report.bar("resident MiB, idle host", resident / MEBI)
    report.say()
    report.say(f"Idle for {seconds} s between two scans, with a watchdog of 30 s: {cpu:.2f} s of "
               f"CPU, {switches * 60 / seconds:.0f} context switches a minute (four are the "
               "watchdog's).")


def growth_in_namespaces(report, numbers, rounds):
    """As many orphans as namespaces with tasks, of which there are no more than processes."""
    report.table("orphans", "nsorphanctl scan", "--source=procfs", "lsns -t net",
                 "--source=procfs / lsns")
    for n in numbers:
        with measure.load(processes=100, sockets=20000, namespaces=n, orphans=n, files=2000,
                          threads=200):
            costs = measure.compare({"scan": SCAN, "walk": WALK,
                                     "lsns": measure.lab_tool("lsns", "-t", "net")}, rounds)
        ratio = costs["walk"].wall / costs["lsns"].wall
        report.row(f"{n:,}", *(milliseconds(c.wall) for c in costs.values()), f"{ratio:.2f}")
    if numbers[-1] == 2000:
        report.table("bar", "measured", "at most", "")
        report.bar("scan / lsns, 2,000 namespaces", ratio)


def growth(report, sizes, threads, rounds):
    """Cost against size, and the fitted exponent."""
    lines = {"nsorphanctl scan": [], "scan --source=procfs": [], "daemon, repeated": [],
             "lsns -t net": [], "floor (getdents)": []}
    for size in sizes:
        with measure.load(processes=max(5, size // 200), sockets=size, namespaces=5, orphans=5):
            costs = measure.compare({
                "nsorphanctl scan": bench_bpf.SCAN,
                "scan --source=procfs": WALK,
                "lsns -t net": measure.lab_tool("lsns", "-t", "net"),
                "floor (getdents)": FLOOR}, rounds)
            for name, cost in costs.items():
                lines[name].append((size, cost.wall * 1e3))
            with measure.Daemon() as daemon:
                lines["daemon, repeated"].append((size, repeated_scans(daemon, rounds)[0] * 1e3))
    report.say()
    report.say("### Growth")
    report.table("sockets", *lines)
    for i, size in enumerate(sizes):
        report.row(f"{size:,}", *(f"{line[i][1]:,.1f} ms" for line in lines.values()))
    # Below some thousand sockets the rest of the host is most of what is scanned.
    large = [i for i, size in enumerate(sizes) if size >= 10000] or range(len(sizes))
    report.row("exponent from 10,000 up",
               *(f"{measure.exponent([line[i] for i in large]):.2f}" for line in lines.values()))

    points = []
    for size in threads:
        with measure.load(processes=max(1, size // 100), threads=size):
            points.append((size, measure.compare({"scan": WALK}, rounds)["scan"].wall * 1e3))
    report.table("threads", "scan --source=procfs")
    for size, cost in points:
        report.row(f"{size:,}", f"{cost:,.1f} ms")
    report.row("exponent from 1,000 up",
               f"{measure.exponent([p for p in points if p[0] >= 1000] or points):.2f}")
    shown = {"lsns -t net": "lsns -t net", "scan by procfs": "scan --source=procfs",
             "scan by BPF": "nsorphanctl scan"}
    return plot.svg("The cost of a scan", "sockets on the host", "milliseconds",
                    {title: lines[name] for title, name in shown.items()})


@contextlib.contextmanager
def scanning(daemon):
    """The daemon scans without a pause while the block runs."""
    stop = threading.Event()

    def work():
        while not stop.is_set():
            daemon.call("Refresh")
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def latency(daemon, seconds):
    """Of GetStatus on an open connection: a list of seconds."""
    took = []
    with contextlib.closing(daemon.connect()) as connection:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            start = time.monotonic()
            connection.call("io.nsorphan.Scanner.GetStatus")
            took.append(time.monotonic() - start)
            time.sleep(0.002)
    return took


def neighbour(prefix, seconds):
    done = subprocess.run([*prefix, measure.BENCH / "bench-neighbour", str(seconds)],
                          capture_output=True, text=True, check=True)
    return done.stdout.split()


def manners(report, sockets, processes, seconds):
    """What others notice while it scans without a pause."""
    one_cpu = ["taskset", "-c", "0"]
    report.say()
    report.say("### Manners")
    with measure.load(processes=processes, sockets=sockets, namespaces=10, orphans=5, awake=1):
        with measure.Daemon() as daemon:
            quiet = measure.percentiles(latency(daemon, seconds))
            with scanning(daemon):
                busy = measure.percentiles(latency(daemon, seconds))
        report.table("GetStatus", "median", "99 %", "maximum")
        report.row("between scans", *map(milliseconds, quiet))
        report.row("during scans", *map(milliseconds, busy))

        report.say()
        report.say("A request and its response once a millisecond, on the same one CPU as the "
                   "scans, which follow one another without a pause:")
        report.table("neighbour", "median", "99 %", "99.9 %", "maximum")
        rows = [("alone", None), ("Priority=idle (the default)", "idle"),
                ("Priority=normal", "normal")]
        for name, priority in rows:
            with contextlib.ExitStack() as stack:
                if priority:
                    daemon = stack.enter_context(measure.Daemon(
                        f"[Scan]\nSource=procfs\nInterval=1h\nTrigger=no\nPriority={priority}\n", prefix=one_cpu))
                    stack.enter_context(scanning(daemon))
                report.row(name, *(f"{value} µs" for value in neighbour(one_cpu, seconds)))


def main():
    arguments = sys.argv[1:]
    if not set(arguments) <= {"--update", "--quick"}:
        sys.exit("contrib/bench knows --update and --quick only")
    quick = "--quick" in arguments
    report = Report()
    machine(report)
    if quick:
        against_others(report, 10000, 100, 3)
        bench_bpf.figures(report, 10000, 100, 2000, 200, 3, 10)
        idle_host(report, 10)
        picture = growth(report, (1000, 10000, 20000), (100, 1000, 2000), 3)
        growth_in_namespaces(report, (10, 200), 3)
        manners(report, 10000, 100, 3)
    else:
        against_others(report, 100000, 500, 5)
        bench_bpf.figures(report, 100000, 500, 20000, 2000, 5, 60)
        idle_host(report, 60)
        picture = growth(report, (1000, 3000, 10000, 30000, 100000, 200000),
                         (100, 1000, 5000, 20000), 3)
        growth_in_namespaces(report, (10, 100, 500, 1000, 2000), 5)
        manners(report, 100000, 500, 10)
    if "--update" in arguments:
        before, rest = DOCUMENT.read_text().split(BEGIN)
        after = rest.split(END)[1]
        DOCUMENT.write_text(f"{before}{BEGIN}\n" + "\n".join(report.lines) + f"\n{END}{after}")
        PLOT.write_text(picture)
    if report.missed and not quick:
        sys.exit("missed: " + ", ".join(report.missed))


if __name__ == "__main__":
    main()
