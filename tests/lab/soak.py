# SPDX-License-Identifier: LGPL-2.1-or-later
"""contrib/soak: a daemon through a rough time, against what is known to be true.

    soak.py [MINUTES [SEED]]
"""
import contextlib
import os
import pathlib
import random
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import nsorphan  # noqa: E402

INTERFACE = "io.nsorphan.Scanner"
WARNING, NOTICE = "4", "5"

# A leak that lives so long must have been told: the grace period (1 s), two scans (1 s apart), and
# what a busy host and a restart add.
SURELY = 15
SETTLING = 60
ALIVE_MOST = 40
CONFIGURATION = "[Alert]\nMaxPerMinute=100000\n"

MEMORY_GROWTH = 1 << 20
FDS_GROWTH = 4


class Leak:
    """A leak of ours: when it began and ended, and what the journal has to say of it."""

    def __init__(self, ways):
        self.zoo = nsorphan.Zoo(*ways)
        self.cookie = self.zoo.cookie
        self.start = time.monotonic()
        self.end = None

    def stop(self):
        self.zoo.stop()
        self.end = time.monotonic()


def priorities(told, leak):
    return [entry["PRIORITY"] for entry in told.get(leak.cookie, [])]


class Soak:
    WAYS = (("socket", "netlink"), ("socket", "udp"), ("socket", "unix"), ("accepted",),
            ("tun", "attached"), ("private-fds",), ("dead-leader",), ("in-flight", "socket"))

    def __init__(self, folder, random_, stack):
        self.random = random_
        self.journal = nsorphan.Journal()
        stack.callback(self.journal.stop)
        # Each leak is to be told by itself, however many there are in a minute.
        self.daemon = nsorphan.Daemon(folder, CONFIGURATION, prefix=self.journal.prefix)
        stack.callback(lambda: self.daemon.process and self.daemon.stop(signal.SIGKILL))
        self.daemon.start()
        self.leaks = []
        self.done = {}
        self.subscribers = []
        stack.callback(self.end_all)

    def end_all(self):
        for leak in self.leaks:
            if leak.end is None:
                leak.stop()
        for subscriber in self.subscribers:
            subscriber.close()
        self.subscribers.clear()

    def alive(self):
        return [leak for leak in self.leaks if leak.end is None]

    # --- what happens -----------------------------------------------------------------------------

    def leak(self):
        if len(self.alive()) < ALIVE_MOST:
            self.leaks.append(Leak(self.random.choice(self.WAYS)))

    def resolve(self):
        if self.alive():
            self.random.choice(self.alive()).stop()

    def ask(self):
        method = self.random.choice(("GetStatus", "List", "GetMetrics", "Refresh"))
        if method == "List":
            self.daemon.listed_all()  # others on this host may leak more than go into one reply
        else:
            self.daemon.call(f"{INTERFACE}.{method}")

    def misbehave(self):
        """Half a message, a bad one, a call whose answer nobody waits for."""
        with contextlib.closing(self.daemon.connect()) as connection:
            connection.socket.sendall(self.random.choice(
                (b'{"method":', b"no JSON\0", b"\0", b'{"method":"' + INTERFACE.encode() +
                 b'.List","parameters":{}}\0')))

    def subscribe(self):
        if len(self.subscribers) >= 5:
            self.subscribers.pop(0).close()
        connection = self.daemon.connect()
        connection.send(f"{INTERFACE}.Subscribe", more=True)
        self.subscribers.append(connection)

    def reload(self):
        os.kill(self.daemon.process.pid, signal.SIGHUP)

    def restart(self):
        self.daemon.stop(signal.SIGTERM)
        self.daemon.start()

    def kill(self):
        self.daemon.stop(signal.SIGKILL)
        self.daemon.start()

    MILD = {"leak": 6, "resolve": 5, "ask": 10, "misbehave": 4, "subscribe": 2, "reload": 1}
    ROUGH = {**MILD, "restart": 1, "kill": 1}

    def run(self, seconds, actions):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            name = self.random.choices(list(actions), list(actions.values()))[0]
            # A daemon that has just been told to reload or ended may close on a caller.
            with contextlib.suppress(ConnectionError, BrokenPipeError):
                getattr(self, name)()
            self.done[name] = self.done.get(name, 0) + 1
            time.sleep(self.random.uniform(0.02, 0.4))

    # --- what must be -----------------------------------------------------------------------------

    def measure(self):
        """(resident bytes, fds) of the daemon, with no client of ours."""
        for subscriber in self.subscribers:
            subscriber.close()
        self.subscribers.clear()
        self.daemon.call(f"{INTERFACE}.Refresh")
        time.sleep(1)
        pid = self.daemon.process.pid
        resident = [int(line.split()[1]) * 1024 for line in
                    pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
                    if line.startswith("VmRSS")]
        return resident[0], len(os.listdir(f"/proc/{pid}/fd"))

    def entries(self):
        """{cookie: the entries about it, oldest first}, of alerts and their ends."""
        told = {}
        for entry in self.journal.entries():
            if "NETNS_COOKIE" in entry and entry["PRIORITY"] in (WARNING, NOTICE):
                # A process that has leaked several at once has one entry, with a field for each.
                cookies = entry["NETNS_COOKIE"]
                for cookie in cookies if isinstance(cookies, list) else [cookies]:
                    told.setdefault(int(cookie), []).append(entry)
        return told

    def judge(self):
        """Sentences about what is wrong."""
        wrong = []
        told = self.entries()
        for leak in self.leaks:
            lived = leak.end - leak.start
            entries = priorities(told, leak)
            case = "\n    ".join(
                [f"cookie {leak.cookie} ({leak.zoo.way}, lived {lived:.1f} s)"] +
                [" ".join(entry[field] for field in
                          ("__REALTIME_TIMESTAMP", "_PID", "NETNS_REPORT_ID", "MESSAGE"))
                 for entry in told.get(leak.cookie, [])])
            if lived > SURELY and WARNING not in entries:
                wrong.append(f"missed alert: {case}")
            if entries.count(WARNING) > 1:
                wrong.append(f"doubled alert: {case}")
            if entries.count(NOTICE) != entries.count(WARNING):
                wrong.append(f"alerts and ends differ: {case}")
        return wrong


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"{minutes:g} minutes, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="nsorphand-soak-") as folder, \
            contextlib.ExitStack() as stack:
        soak = Soak(folder, random.Random(seed), stack)
        soak.run(minutes * 60 * 0.6, soak.ROUGH)
        # Memory and fds are those of one process: from here on, none ends.
        soak.run(minutes * 60 * 0.1, soak.MILD)
        before = soak.measure()
        soak.run(minutes * 60 * 0.3, soak.MILD)
        after = soak.measure()
        soak.end_all()

        deadline = time.monotonic() + SETTLING
        wrong = soak.judge()
        while wrong and time.monotonic() < deadline:
            time.sleep(2)
            wrong = soak.judge()
        told = soak.entries()
        alerts = sum(priorities(told, leak).count(WARNING) for leak in soak.leaks)
        surely = sum(leak.end - leak.start > SURELY for leak in soak.leaks)

    print("done: " + ", ".join(f"{count} {name}" for name, count in sorted(soak.done.items())))
    print(f"leaks: {len(soak.leaks)}, of which {surely} had to be told; alerts: {alerts}")
    print(f"resident: {before[0] >> 10} KiB, then {after[0] >> 10} KiB; "
          f"fds: {before[1]}, then {after[1]}")
    if after[0] - before[0] > MEMORY_GROWTH:
        wrong.append(f"memory has grown by {(after[0] - before[0]) >> 10} KiB")
    if after[1] - before[1] > FDS_GROWTH:
        wrong.append(f"{after[1] - before[1]} fds more than before")
    if surely == 0:
        wrong.append("too short: no leak lived long enough to have to be told")
    for sentence in wrong:
        print(f"wrong: {sentence}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
