# SPDX-License-Identifier: LGPL-2.1-or-later
"""What asking the kernel by BPF costs: one scan, the daemon's scans, and the daemon all the while."""
import time

import measure
import nsorphan

MEBI = 1 << 20
SCAN = [nsorphan.CTL, "scan", "--source=bpf"]
CONFIGURATION = "[Scan]\nSource=bpf\nInterval=1h\nTrigger=no\nPriority=normal\n"
WORKING = "[Scan]\nSource=bpf\nInterval=5s\nTrigger=no\n"

# What the figures must be at most.
BARS = {
    "BPF: scan / lsns, no orphan": 0.015,
    "BPF: scan / lsns, 5 orphans": 0.08,
    "BPF: ms of the daemon's scan, no orphan": 5.0,
    "BPF: ms of the daemon's scan, 5 known orphans": 10.0,
    "BPF: ms of the daemon's scan, 20,000 threads": 10.0,
    "BPF: scan / lsns, 2,000 namespaces": 0.05,
    "BPF: resident MiB, 100,000 sockets": 8.0,
    "BPF: resident MiB, idle host": 5.0,
    "BPF: % of a CPU at Interval=5s": 0.1,
    "BPF: % of a CPU for CrossCheck=30min": 0.1,
}
CROSS_CHECK_SECONDS = 1800


def repeated(daemon, rounds):
    """Milliseconds of a scan of a daemon that knows what there is; the median."""
    took = sorted(daemon.scan() for _ in range(rounds * 4))
    return took[len(took) // 2] * 1e3


def one_scan(rounds):
    """(time / lsns, ms) of the whole process."""
    costs = measure.compare({"scan": SCAN, "lsns": measure.lab_tool("lsns", "-t", "net")}, rounds)
    return costs["scan"].wall / costs["lsns"].wall, costs["scan"].wall * 1e3


def with_orphans(sockets, processes, orphans, rounds):
    """(scan / lsns, ms of it, ms of the daemon's scan, its resident MiB)"""
    with measure.load(processes=processes, sockets=sockets, namespaces=50, orphans=orphans,
                      files=sockets // 5, threads=processes * 2):
        ratio, took = one_scan(rounds)
        with measure.Daemon(CONFIGURATION) as daemon:
            again = repeated(daemon, rounds)
            return ratio, took, again, daemon.memory() / MEBI


def at_work(sockets, processes, seconds):
    """Per cent of a CPU that the daemon takes, with its interval."""
    with measure.load(processes=processes, sockets=sockets, namespaces=50, orphans=5,
                      files=sockets // 5, threads=processes * 2), measure.Daemon(WORKING) as daemon:
        time.sleep(6)  # what is done once is done
        before = daemon.cpu_precisely()
        time.sleep(seconds)
        return (daemon.cpu_precisely() - before) * 100 / seconds


def idle_host():
    with measure.Daemon(CONFIGURATION) as daemon:
        return daemon.memory() / MEBI


def figures(report, sockets, processes, threads, namespaces, rounds, seconds):
    """@report: of bench.py; cross-checks are scans by procfs, whose cost it has measured."""
    report.say()
    report.say(f"### BPF, {sockets:,} sockets in {processes} processes")
    report.table("", "nsorphanctl scan", "the daemon's scans")
    none = with_orphans(sockets, processes, 0, rounds)
    some = with_orphans(sockets, processes, 5, rounds)
    for name, (_, took, again, _) in (("no orphan", none), ("5 orphans", some)):
        report.row(name, f"{took:.1f} ms", f"{again:.1f} ms")
    with measure.load(processes=max(1, threads // 100), threads=threads), \
            measure.Daemon(CONFIGURATION) as daemon:
        of_threads = repeated(daemon, rounds)
    with measure.load(processes=100, sockets=20000, namespaces=namespaces, orphans=namespaces, files=2000,
                      threads=200):
        of_namespaces, _ = one_scan(rounds)
    working = at_work(sockets, processes, seconds)

    report.table("bar", "measured", "at most", "")
    report.bar("BPF: scan / lsns, no orphan", none[0])
    report.bar("BPF: scan / lsns, 5 orphans", some[0])
    report.bar("BPF: ms of the daemon's scan, no orphan", none[2])
    report.bar("BPF: ms of the daemon's scan, 5 known orphans", some[2])
    report.bar("BPF: ms of the daemon's scan, 20,000 threads", of_threads)
    report.bar("BPF: scan / lsns, 2,000 namespaces", of_namespaces)
    report.bar("BPF: resident MiB, 100,000 sockets", max(none[3], some[3]))
    report.bar("BPF: resident MiB, idle host", idle_host())
    report.bar("BPF: % of a CPU at Interval=5s", working)
    report.bar("BPF: % of a CPU for CrossCheck=30min", report.walk_cpu * 100 / CROSS_CHECK_SECONDS)
