# SPDX-License-Identifier: LGPL-2.1-or-later
"""The socket under a crowd of bad neighbours, with one scan behind the other: everyone else is served
as if they were not there."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

from nsorphan import PATIENCE, wait_until

IDLE, READERS, DEAF = 1000, 100, 100
# A round: so many calls, so many seconds apart. Other work on the host can only make a round slower,
# never faster: so the first good one counts, and this many must be bad.
CALLS, INTERVAL, ROUNDS = 500, 0.005, 6
LATENCY_MAX = 0.010
CROWD = pathlib.Path(__file__).with_name("varlink_crowd.py")


def fds(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory(pid):
    """KiB that are the process's own, also where the host has swapped them out."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "VmSwap:")))


def waits(call):
    """What each of CALLS waited; and those that would have come while one waited too long."""
    found = []
    for _ in range(CALLS):
        begin = time.perf_counter()
        call()
        wait = time.perf_counter() - begin
        found.append(wait)
        while (wait := wait - INTERVAL) > 0:
            found.append(wait)
        time.sleep(max(0, begin + INTERVAL - time.perf_counter()))
    return sorted(found)


def percentile(call):
    found = waits(call)
    return found[int(len(found) * 0.99)]


def latency(started):
    """The 99th percentile in seconds, of calls on one connection and of calls with one each."""
    with contextlib.closing(started.connect()) as connection:
        same = percentile(lambda: connection.call("io.nsorphan.Scanner.GetStatus"))
    return {"same connection": same,
            "new connection": percentile(lambda: started.call("io.nsorphan.Scanner.GetStatus"))}


def host_latency(spawn):
    """The same of cat(1), which nobody else asks for anything: what this host takes by itself."""
    cat = spawn(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def call():
        cat.stdin.write(b"x")
        cat.stdout.read(1)
    return percentile(call)


def best_latency(started):
    best = latency(started)
    for _ in range(ROUNDS - 1):
        if max(best.values()) < LATENCY_MAX:
            break
        again = latency(started)
        best = {kind: min(best[kind], again[kind]) for kind in best}
    return best


def settled_memory(started):
    """After some scans, which have buffers of their own."""
    begin = started.call("io.nsorphan.Scanner.GetStatus")["scan"]["startUSec"]

    def scanned():
        return started.call("io.nsorphan.Scanner.GetStatus")["scan"]["startUSec"] > begin + 3e6
    wait_until(scanned, "three more scans")
    return memory(started.process.pid)


def crowd(started, spawn):
    process = spawn([sys.executable, CROWD, started.socket, str(IDLE), str(READERS), str(DEAF)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_crowd_is_not_noticed(daemon, spawn, zoo):
    started = daemon("[Scan]\nDeep=no\n[Varlink]\nGroup=\n")
    pid = started.process.pid
    wait_until(lambda: "scan" in started.call("io.nsorphan.Scanner.GetStatus"), "a scan")
    # What is allocated once and kept is allocated now.
    warm = crowd(started, spawn)
    warm.communicate(timeout=PATIENCE)
    before, fds_before = settled_memory(started), fds(pid)
    alone = best_latency(started)

    people = crowd(started, spawn)
    wait_until(lambda: fds(pid) >= fds_before + IDLE + READERS + DEAF, "all to be connected")
    sequence = started.call("io.nsorphan.Scanner.GetStatus")["sequence"]
    for _ in range(20):
        zoo("socket", "udp")
    crowded, host = best_latency(started), host_latency(spawn)
    wait_until(lambda: started.call("io.nsorphan.Scanner.GetStatus")["sequence"] >= sequence + 20,
               "the ledger to note twenty orphans")
    full = memory(pid)
    result = json.loads(people.communicate(timeout=PATIENCE)[0])
    # Everyone who reads got what there was to tell of the twenty, and scans went on all the time.
    assert result["replies"] >= READERS * 20, result
    assert result["scans"] >= 3, result
    wait_until(lambda: fds(pid) <= fds_before, "the daemon to close what was closed")
    after = settled_memory(started)

    figures = {"p99 of cat": host, "scans": result["scans"], "p99 alone": alone, "p99 in the crowd": crowded, "KiB": [before, full, after]}
    print(json.dumps(figures))
    assert after - before < 1024, figures
    quiet = max(host, *alone.values()) < LATENCY_MAX / 4
    if max(crowded.values()) >= LATENCY_MAX and not quiet:
        pytest.skip(f"this host is too busy to measure it, also without a crowd: {figures}")
    assert max(crowded.values()) < LATENCY_MAX, figures
