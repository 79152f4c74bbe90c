# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a user makes the daemon keep or do costs nobody else anything: an alert, an entry, a place, or time.

NSORPHAN_FULL=1 has ten times as much of everything.
"""
import contextlib
import json
import os
import pathlib
import socket
import threading
import time

from hostile import UID
from nsorphan import CTL, FULL, Manager, run, scan, wait_until

INTERFACE = "io.nsorphan.Scanner"
SHARE = f"uid {UID}"
LEAKED, HELD_BACK = "2ab0f6b08e9748e193eb116a997d8bfe", "552fa1f5df134cc88dadbdc795355b02"
# Some of them may just be looked into by another program of ours, on this host.
MOST = 0.99
ORPHANS, HOLDERS = (5000, 100_000) if FULL else (500, 10_000)
GRACE = 3
MEMORY_MIB = 64
WATCHDOG = 10


class Feeding(Manager):
    """Reads what the daemon notifies, as systemd does, and sees how often the watchdog is fed."""

    def __init__(self, path):
        super().__init__(path)
        self.last = self.most = None
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        with contextlib.suppress(OSError):
            while True:
                self.wait("WATCHDOG=1")
                now = time.monotonic()
                self.most = max(self.most or 0, now - (self.last or now))
                self.last = now

    def longest(self):
        """The longest time without food, in seconds."""
        assert self.last, "the watchdog is not fed"
        return max(self.most, time.monotonic() - self.last)


def peak_mib(daemon):
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def share_of(daemon, name=SHARE):
    shares = daemon.call(f"{INTERFACE}.GetStatus")["shares"]
    return next((s for s in shares if s["name"] == name), None)


def scan_seconds(daemon):
    status = daemon.call(f"{INTERFACE}.GetStatus")
    return status["scan"]["durationUSec"] / 1e6


def test_a_crowd_costs_nobody_an_alert(attack, journal, daemon, zoo, tmp_path):
    crowd = attack("crowd", ORPHANS, HOLDERS)
    assert (crowd.orphans, crowd.holders) == (ORPHANS, HOLDERS)
    manager = Feeding(tmp_path / "notify")
    d = daemon(f"[Scan]\nInterval=1s\n[Alert]\nGraceSec={GRACE}s\n", prefix=journal.prefix, environment={
        "NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": str(WATCHDOG * 1000000)})
    started = time.monotonic()
    wait_until(lambda: (share_of(d) or {}).get("orphans", 0) >= ORPHANS * MOST and
               journal.entries(f"MESSAGE_ID={HELD_BACK}"), "the crowd to be followed", 200)

    # All of its alerts of this minute are used up: another's leak is told in its time.
    leak = zoo("socket", "netlink")
    made = time.monotonic()
    wait_until(lambda: [e for e in journal.entries(f"MESSAGE_ID={LEAKED}")
                        if e["NETNS_INODE"] == str(leak.inode)], "the true leak's alert", 200)
    took = time.monotonic() - made
    # The scan that runs, the one that sees it first, and the one that sees it leaked: each at most a
    # quarter of the time.
    assert took < GRACE + 3 * 4 * scan_seconds(d) + 3

    # What is over the share is counted, and told of by its name.
    [summary, *_] = journal.entries(f"MESSAGE_ID={HELD_BACK}")
    assert summary["NETNS_SHARE"] == SHARE
    told = [e for e in journal.entries(f"MESSAGE_ID={LEAKED}") if e.get("NETNS_SHARE") == SHARE]
    minutes = (time.monotonic() - started) // 60 + 1
    assert 0 < len(told) <= 60 * (minutes + 1)

    def all_are_told():
        one_by_one = [e for e in journal.entries(f"MESSAGE_ID={LEAKED}") if e.get("NETNS_SHARE") == SHARE]
        entries = journal.entries(f"MESSAGE_ID={HELD_BACK}")
        summed = sum(int(e.get("NETNS_HELD_LEAKED", 0)) for e in entries)
        unkept = max(int(e.get("NETNS_UNKEPT", 0)) for e in entries)
        leaks = sum(int(e.get("NETNS_LEAKS", 1)) for e in one_by_one)
        return leaks + summed + unkept >= ORPHANS * MOST
    wait_until(all_are_told, "all to be told of, in sum", 200)
    coverage = d.call(f"{INTERFACE}.GetStatus")["coverage"]
    [share] = [s for s in coverage["shares"] if s["name"] == SHARE]
    assert coverage["unresolvedHolders"] >= HOLDERS
    assert share["unlistedHolders"] >= HOLDERS - 1024
    assert any(SHARE in reason for reason in coverage["reasons"])

    # Its own later leaks are counted and told of, too.
    crowd.process.stdin.write("\n" * 7)
    crowd.process.stdin.flush()
    for _ in range(7):
        crowd.hear()
    wait_until(lambda: share_of(d)["orphans"] > ORPHANS, "some more", 200)

    assert peak_mib(d) < MEMORY_MIB
    assert d.process.poll() is None
    assert manager.longest() < WATCHDOG


def test_unresolved_holders_that_are_not_listed_are_counted(attack, daemon):
    """GetStatus lists some of them, and says of how many more there are."""
    crowd = attack("crowd", 0, 200)
    assert crowd.holders == 200
    d = daemon()
    status = wait_until(lambda: (s := d.call(f"{INTERFACE}.GetStatus")).get("unresolvedOmitted") and s, "the holders")
    assert len(status["unresolved"]) == 64
    coverage = status["coverage"]
    unlisted = sum(s["unlistedHolders"] for s in coverage.get("shares", []))
    assert 64 + status["unresolvedOmitted"] + unlisted == coverage["unresolvedHolders"] >= 200
    crowd.stop()
    wait_until(lambda: "unresolvedOmitted" not in d.call(f"{INTERFACE}.GetStatus"), "nothing to be left out")


@contextlib.contextmanager
def receiver(path):
    """Somebody with a socket that takes whatever file it is sent, and keeps it open."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        os.chmod(path, 0o777)
        listener.listen()
        got = []

        def take():
            connection, _ = listener.accept()
            with connection:
                got.extend(socket.recv_fds(connection, 1, 1)[1])
                connection.send(b"y")
        thread = threading.Thread(target=take)
        thread.start()
        yield got
        thread.join()
        for fd in got:
            os.close(fd)


def test_a_crowd_hides_no_other_holder(attack, arsenal):
    path = arsenal / "receiver"
    path.unlink(missing_ok=True)
    with receiver(path) as got:
        crowd = attack("attack_hide.py", path, 100, 30)
        wait_until(lambda: got, "the file to arrive")

        def listed():
            [namespace] = [n for n in scan().namespaces if n.get("inode") == crowd.inode]
            return namespace if namespace["holderCount"] >= 3100 else None
        namespace = wait_until(listed, "all holders")
        assert namespace["verdict"] == "orphaned"
        assert len(namespace["holders"]) == 64
        assert os.getpid() in [h["pid"] for h in namespace["holders"]]


def test_a_user_with_many_uids_has_one_share(attack, daemon):
    n = 40
    many = attack("attack_many.py", n)
    for kind in ("uid", "gid"):
        # As newuidmap(1) would do for a user with a line in /etc/subuid.
        pathlib.Path(f"/proc/{many.pid}/{kind}_map").write_text(f"0 {UID} 1\n1 300000 {n}\n")
    many.process.stdin.write("\n")
    many.process.stdin.flush()
    assert many.hear().made == n
    d = daemon()
    wait_until(lambda: (share_of(d) or {}).get("orphans", 0) >= n, "all of them in one share")
    others = [s["name"] for s in d.call(f"{INTERFACE}.GetStatus")["shares"]]
    assert not [name for name in others if name.startswith("uid 300")]


def test_a_disk_that_hangs_stops_nobody(journal, daemon, zoo):
    """A FIFO that nobody reads stands where the new state file goes: whoever opens it waits for ever."""
    d = daemon(prefix=journal.prefix)
    d.stop()
    (d.state / "ledger.json.new").unlink(missing_ok=True)
    os.mkfifo(d.state / "ledger.json.new")
    d.start()
    leak = zoo("socket", "netlink")
    start = time.monotonic()
    worst = 0
    while not [e for e in journal.entries(f"MESSAGE_ID={LEAKED}")
               if e["NETNS_INODE"] == str(leak.inode)]:
        assert time.monotonic() - start < 200, "the alert waits for the disk"
        asked = time.monotonic()
        d.call(f"{INTERFACE}.GetStatus")
        worst = max(worst, time.monotonic() - asked)
        time.sleep(0.05)
    assert worst < 0.1
    assert "state file" in d.log.read_text()
    asked = time.monotonic()
    # The prefix passes no signal on: nsenter has made way for it.
    d.stop()
    assert time.monotonic() - asked < 5


def test_a_long_name_takes_no_more_than_its_due(tmp_path):
    """A mount point of 3,000 bytes of which each needs four to be shown."""
    folder = tmp_path
    for _ in range(12):
        folder = folder / ("\x01" * 250)
    os.makedirs(folder)
    target = folder / "ns"
    target.touch()
    done = run("unshare", "--mount", "sh", "-c",
               'unshare --net mount --bind /proc/self/ns/net "$1" && "$2" scan --all --json=short',
               "sh", target, CTL)
    paths = [h["path"] for n in json.loads(done.stdout)["namespaces"] for h in n["holders"]
             if h["kind"] == "nsfs_mount" and h["path"].endswith("/ns")]
    assert any("\\…" in path and path.startswith(str(tmp_path)[:20]) for path in paths)
    assert max(len(path.encode()) for path in paths) <= 256
