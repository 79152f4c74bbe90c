# SPDX-License-Identifier: LGPL-2.1-or-later
"""The scan that an exit triggers: soon where it matters, and for next to nothing where not."""
import subprocess
import time

import pytest

import nsorphan
from nsorphan import needs_the_host, wait_until

# No scan but the first, and those that are triggered.
RARELY = "[Scan]\nInterval=1h\nDeep=no\n[Alert]\nGraceSec=1h\n"
TRIGGER = RARELY + "[Scan]\nTrigger=yes\n"


def main_thread_cpu(pid):
    """CPU time in seconds of the thread that is woken: /proc/PID/task/TID/schedstat."""
    with open(f"/proc/{pid}/task/{pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9


def first_scan(daemon):
    wait_until(lambda: daemon.call("io.nsorphan.Scanner.GetStatus").get("scan"), "the first scan")


@needs_the_host
def test_suspected_within_two_seconds_of_the_exit(daemon, leaker):
    guests = [leaker.guest() for _ in range(3)]
    d = daemon(TRIGGER)
    first_scan(d)
    # Two kinds: those that the first scan saw, and those that were born since.
    guests += [leaker.guest() for _ in range(3)]
    time.sleep(1.5)
    for cookie, pid in guests:
        gone = leaker.kill(pid)
        found = wait_until(lambda: d.listed().get(cookie), "the suspect")
        assert found["state"] == "suspected"
        latency = time.clock_gettime(time.CLOCK_BOOTTIME) - gone
        print(f"suspected {latency:.2f} s after the exit")
        scan = d.call("io.nsorphan.Scanner.GetStatus")["scan"]["durationUSec"] / 1e6
        if latency >= 2 and scan > 0.5:
            pytest.skip(f"this host is so busy that one scan takes {scan:.1f} s")
        assert latency < 2


@needs_the_host
def test_no_trigger(daemon, leaker):
    cookie, pid = leaker.guest()
    d = daemon(RARELY + "[Scan]\nTrigger=no\n")
    first_scan(d)
    leaker.kill(pid)
    time.sleep(3)
    assert cookie not in d.listed()
    # A reload brings it.
    cookie, pid = leaker.guest()
    d.configure(TRIGGER)
    d.process.send_signal(nsorphan.signal.SIGHUP)
    time.sleep(1.5)
    leaker.kill(pid)
    wait_until(lambda: cookie in d.listed(), "the suspect")


@needs_the_host
@pytest.mark.parametrize("prefix", [(), ("unshare", "--net")], ids=["host", "namespace"])
def test_a_fork_storm_costs_next_to_nothing(daemon, prefix):
    """5,000 forks a second, on the host and inside another namespace."""
    d = daemon(TRIGGER)
    first_scan(d)
    storm = nsorphan.ZOO / "fork-storm"
    subprocess.run([*prefix, storm, "100", "1"], check=True, stdout=subprocess.DEVNULL)
    seconds = 10
    before = main_thread_cpu(d.process.pid)
    rate = int(nsorphan.run(*prefix, storm, "5000", str(seconds)).stdout)
    cost = (main_thread_cpu(d.process.pid) - before) / seconds
    print(f"{rate} forks a second cost {cost:.2%} of a core")
    assert cost < 0.01
    # Not a storm, but a host too busy to make one: then the figure says nothing.
    if rate < 1000:
        pytest.skip(f"this host made only {rate} forks a second")


NOT_HERE = "the kernel has no proc connector, or not outside the initial namespaces"


def complaints(daemon):
    return [line for line in daemon.log.read_text().splitlines() if "without Trigger=" in line]


@pytest.mark.parametrize("prefix", [
    ("unshare", "--net"), ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")],
    ids=["netns", "pidns"])
def test_off_by_itself(daemon, prefix):
    d = daemon(TRIGGER, prefix=prefix)
    first_scan(d)
    assert len(complaints(d)) == 1
    assert NOT_HERE in complaints(d)[0]


@needs_the_host
def test_without_the_capability(daemon):
    d = daemon(TRIGGER, prefix=("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"))
    first_scan(d)
    # Since Linux 6.6 anybody may listen.
    if nsorphan.kernel() >= (6, 6):
        assert not complaints(d)
    else:
        assert len(complaints(d)) == 1 and "CAP_NET_ADMIN is missing" in complaints(d)[0]
