# SPDX-License-Identifier: LGPL-2.1-or-later
"""From a leak to the journal entry that wakes somebody, and to the one that lets them sleep again."""
import contextlib
import os
import pathlib
import random
import re
import signal
import shutil
import subprocess
import time

import pytest

import nsorphan
from nsorphan import wait_until

LEAKED = "2ab0f6b08e9748e193eb116a997d8bfe"
HOLDER_CHANGED = "94af345c8dfb4bd292a5e9689677dba5"
UNNAMED = "a7a93a137075491fba0fa5f03823fe11"
STRAY_THREAD = "10adac33d2d54435989beca099d79aa1"
RESOLVED = "ec56a7c3bb6f44a2be967398efd96617"
HELD_BACK = "552fa1f5df134cc88dadbdc795355b02"
INTERRUPTED = "e6fa23676005467fbf9d6f2e1b04bac8"


@pytest.fixture
def daemon(daemon):
    """As all tests', but blind for what is in flight: nothing here is, and a test beside us may
    put a file there that no close() returns from. Nor may the thousands that others leak hold
    back what is reported of ours."""
    return lambda config="", **options: daemon(
        "[Scan]\nDeep=no\n[Alert]\nMaxPerMinute=100000\n" + config, **options)


def entries_of(journal, cookie, id_):
    return journal.entries(f"MESSAGE_ID={id_}", f"NETNS_COOKIE={cookie}")


def one_entry(journal, cookie, id_):
    """Waits for the entry, and checks that it is the only one."""
    wait_until(lambda: entries_of(journal, cookie, id_), f"an entry {id_}")
    found = entries_of(journal, cookie, id_)
    assert len(found) == 1, found
    return found[0]


def entry_in(daemon, cookie):
    """The namespace as the daemon lists it, or None."""
    return daemon.listed().get(cookie)


def scans(daemon, n=1):
    """Waits until @n more scans have begun and ended."""
    for _ in range(n):
        daemon.ctl("refresh")


def test_fields_of_an_alert(journal, daemon, zoo):
    daemon(prefix=journal.prefix)
    leak = zoo("socket", "netlink")
    entry = one_entry(journal, leak.cookie, LEAKED)
    expected = {
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "nsorphand",
        "NETNS_CHANGE": "leaked",
        "NETNS_NAME": leak.name,
        "NETNS_INODE": str(leak.inode),
        "NETNS_COOKIE": str(leak.cookie),
        "NETNS_VERDICT": "orphaned",
        "NETNS_HOLDERS": "1",
        "NETNS_HOLDER_PID": str(leak.pid),
        "NETNS_HOLDER_COMM": "socket",
        "NETNS_HOLDER_KIND": "socket",
        "NETNS_HOLDER_FD": str(leak.fd),
        "NETNS_HOLDER_SOCKET_INODE": str(leak.socketInode),
        "NETNS_HOLDER_SOCKET_FAMILY": "netlink",
        "NETNS_HOLDER_SOCKET_TYPE": "raw",
        "NETNS_HOLDER_SOCKET_PROTOCOL": "route",
        "OBJECT_PID": str(leak.pid),
        "OBJECT_COMM": "socket",
    }
    assert {key: entry.get(key) for key in expected} == expected
    assert int(entry["NETNS_AGE_USEC"]) >= 1000000
    assert entry["MESSAGE"].startswith(f"Network namespace {leak.name} has leaked: orphaned for ")
    assert f"held by socket (pid {leak.pid}) through its netlink/route socket, fd {leak.fd}" \
        in entry["MESSAGE"]

    leak.stop()
    entry = one_entry(journal, leak.cookie, RESOLVED)
    assert entry["PRIORITY"] == "5"
    assert entry["NETNS_ENDING"] == "gone"
    assert "NETNS_VERDICT" not in entry
    assert entry["NETNS_HOLDER_PID"] == str(leak.pid)
    # The pid may be another's by now: journald must not be sent to look it up.
    assert "OBJECT_PID" not in entry
    assert "nothing holds it any more" in entry["MESSAGE"]


def test_the_catalog_explains_it(journal, daemon, zoo, tmp_path):
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    shutil.copy(nsorphan.REPO / "catalog/nsorphan.catalog", catalog)
    for command in (["mount", "--bind", catalog, "/usr/lib/systemd/catalog"],
                    ["mount", "-t", "tmpfs", "tmpfs", "/var/lib/systemd/catalog"],
                    ["journalctl", "--update-catalog"]):
        nsorphan.run(*command, prefix=journal.prefix)
    daemon(prefix=journal.prefix)
    leak = zoo("socket", "netlink")
    one_entry(journal, leak.cookie, LEAKED)
    text = nsorphan.run("journalctl", "-x", "--no-pager", f"MESSAGE_ID={LEAKED}",
                        f"NETNS_COOKIE={leak.cookie}", prefix=journal.prefix).stdout
    assert "Subject: A network namespace has leaked" in text
    assert f"nsorphanctl explain '{leak.name}'" in text
    assert f"because process\n░░ {leak.pid} (socket) still holds" in text
    assert "@" not in text.split("Defined-By")[1]


def test_hostile_names_survive(journal, daemon, stack, tmp_path):
    name = b"a\n\x1b[2J\xff\\\xe2\x80\xae"
    program = os.path.join(os.fsencode(tmp_path), name)
    shutil.copy(nsorphan.ZOO / "socket", program)
    process = subprocess.Popen([program, "netlink"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    stack.callback(nsorphan.stop, process)
    assert process.stdout.readline()
    daemon(prefix=journal.prefix)
    wait_until(lambda: journal.entries(f"MESSAGE_ID={LEAKED}", f"NETNS_HOLDER_PID={process.pid}"),
               "the alert")
    entry = journal.entries(f"MESSAGE_ID={LEAKED}", f"NETNS_HOLDER_PID={process.pid}")[0]
    escaped = r"a\x0a\x1b[2J\xff\\\xe2\x80\xae"
    assert entry["NETNS_HOLDER_COMM"] == escaped
    assert f"held by {escaped} (pid" in entry["MESSAGE"]


def test_one_alert_over_a_restart_and_the_end_is_not_lost(journal, daemon, zoo):
    d = daemon(prefix=journal.prefix)
    stays, ends = zoo("socket", "netlink"), zoo("socket", "netlink")
    one_entry(journal, stays.cookie, LEAKED)
    one_entry(journal, ends.cookie, LEAKED)
    assert d.stop() == 0
    ends.stop()
    d.start()
    one_entry(journal, ends.cookie, RESOLVED)
    scans(d, 3)
    one_entry(journal, stays.cookie, LEAKED)
    assert not journal.entries(f"MESSAGE_ID={INTERRUPTED}")


def test_resolved_when_pinned_again(journal, daemon, zoo, stack):
    daemon(prefix=journal.prefix)
    leak = zoo("socket", "netlink")
    one_entry(journal, leak.cookie, LEAKED)
    # Not SIOCGSKNS by hand: what the client does when it is asked to look inside.
    with contextlib.closing(nsorphan_socket_namespace(leak)):
        entry = one_entry(journal, leak.cookie, RESOLVED)
    assert (entry["NETNS_ENDING"], entry["NETNS_VERDICT"]) == ("pinned", "pinned")


class nsorphan_socket_namespace:
    """An open nsfs file for the namespace of a zoo program's socket."""

    def __init__(self, leak):
        import ctypes
        import fcntl
        libc = ctypes.CDLL(None, use_errno=True)
        pidfd = os.pidfd_open(leak.pid)
        duplicate = libc.syscall(438, pidfd, leak.fd, 0)
        os.close(pidfd)
        assert duplicate >= 0
        try:
            self.fd = fcntl.ioctl(duplicate, 0x894C)
        finally:
            os.close(duplicate)

    def close(self):
        os.close(self.fd)


def test_the_holder_that_was_named_is_gone(journal, daemon, leaker, stack):
    d = daemon(prefix=journal.prefix)
    cookie = leaker.new()
    one_entry(journal, cookie, LEAKED)
    # A second process gets the same socket, as a worker inherits it; the first exits.
    heir = subprocess.Popen(
        ["/usr/bin/python3", "-c",
         "import ctypes, os, sys\n"
         "libc = ctypes.CDLL(None)\n"
         "pidfd = os.pidfd_open(int(sys.argv[1]))\n"
         "assert libc.syscall(438, pidfd, int(sys.argv[2]), 0) >= 0\n"
         "os.close(pidfd)\n"
         "print('has it', flush=True)\n"
         "sys.stdin.read()\n",
         str(leaker.process.pid), entry_in(d, cookie)["holders"][0]["fd"].__str__()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    stack.callback(nsorphan.stop, heir)
    assert heir.stdout.readline() == "has it\n"
    scans(d)
    assert not entries_of(journal, cookie, HOLDER_CHANGED)
    first = leaker.process.pid
    nsorphan.stop(leaker.process)
    entry = one_entry(journal, cookie, HOLDER_CHANGED)
    assert entry["NETNS_FORMER_HOLDER_PID"] == str(first)
    assert entry["NETNS_HOLDER_PID"] == entry["OBJECT_PID"] == str(heir.pid)
    nsorphan.stop(heir)
    one_entry(journal, cookie, RESOLVED)


def cookies_of(entry):
    """All that an entry names: journalctl has an array where there are several. Another test's may have none."""
    cookies = entry.get("NETNS_COOKIE", [])
    return {int(c) for c in (cookies if isinstance(cookies, list) else [cookies])}


BPF = pytest.param("bpf", marks=pytest.mark.skipif(
    not (nsorphan.BUILD / "tests/bpf/bpf-survey").exists(), reason="built without BPF"))
SOURCES = pytest.mark.parametrize("source", ["procfs", BPF])


# What it waits a minute for is the same code for both sources.
@pytest.mark.parametrize("source", ["procfs", *([BPF] if nsorphan.FULL else [])])
def test_one_alert_for_all_of_one_holder(journal, daemon, leaker, source):
    # Before the daemon starts, so that its first scan sees all.
    cookies = {leaker.new() for _ in range(70)}
    d = daemon(f"[Scan]\nSource={source}\n", prefix=journal.prefix)
    entry = one_entry(journal, min(cookies), LEAKED)
    assert cookies_of(entry) == cookies
    assert (entry["NETNS_LEAKS"], entry["NETNS_LEAKS_ALL"]) == ("70", "70")
    assert len(entry["NETNS_NAME"]) == len(entry["NETNS_INODE"]) == 70
    assert entry["NETNS_HOLDER_PID"] == entry["OBJECT_PID"] == str(leaker.process.pid)
    assert entry["MESSAGE"].startswith("70 network namespaces have leaked: ")
    # Others that scan this host may hold a duplicate for a moment.
    assert " and 60 more" in entry["MESSAGE"]
    assert f"(pid {leaker.process.pid}" in entry["MESSAGE"]

    # The next ones wait until the minute is over, also over a crash.
    more = {leaker.new() for _ in range(5)}
    wait_until(lambda: all((entry_in(d, c) or {}).get("state") == "leaked" for c in more), "the next leaks")
    assert not entries_of(journal, min(more), LEAKED)
    d.stop(signal.SIGKILL)
    d.start()
    scans(d)
    assert not entries_of(journal, min(more), LEAKED)
    wait_until(lambda: entries_of(journal, min(more), LEAKED), "the next alert", 90)
    later = one_entry(journal, max(more), LEAKED)
    # Others that scan this host may have ended one of before, which then leaks anew.
    anew = {c for c in cookies if entries_of(journal, c, RESOLVED)}
    assert more <= cookies_of(later) <= more | anew
    n = len(cookies_of(later))
    assert (later["NETNS_LEAKS"], later["NETNS_LEAKS_ALL"]) == (str(n), "75")
    assert later["MESSAGE"].startswith(f"{n} more network namespaces have leaked, 75 in all: ")
    assert int(later["__REALTIME_TIMESTAMP"]) >= int(entry["__REALTIME_TIMESTAMP"]) + 59 * 10 ** 6

    # Each has an end of its own.
    gone = more.pop()
    leaker.drop(gone)
    scans(d, 2)
    assert cookies_of(one_entry(journal, gone, RESOLVED)) == {gone}
    assert min(cookies) in anew or len(entries_of(journal, min(cookies), LEAKED)) == 1


@SOURCES
@pytest.mark.parametrize("key, program, id_, words", [
    ("Unnamed", ["nsfs-fd", "link"], UNNAMED, "has no name and no process: kept by open files alone for"),
    ("StrayThread", ["task", "thread"], STRAY_THREAD, "A stray thread is in network namespace"),
], ids=["unnamed", "stray_thread"])
def test_leaks_that_are_no_orphans(journal, daemon, zoo, source, key, program, id_, words):
    def entries_by_inode(of):
        return journal.entries(f"MESSAGE_ID={of}", f"NETNS_INODE={made.inode}")

    off = f"[Scan]\nSource={source}\nDeep=no\n[Alert]\nMaxPerMinute=100000\n"
    made = zoo(*program)
    d = daemon(off, prefix=journal.prefix)
    scans(d, 4)
    assert not any(n.get("inode") == made.inode for n in d.listed_all())
    d.configure(off + f"{key}=yes\n")
    d.process.send_signal(signal.SIGHUP)
    wait_until(lambda: entries_by_inode(id_), "the alert")
    entry = entries_by_inode(id_)[0]
    assert words in entry["MESSAGE"]
    assert entry["NETNS_VERDICT"] == ("pinned" if key == "Unnamed" else "attached")
    assert entry["NETNS_HOLDER_PID"] == entry["OBJECT_PID"] == str(made.pid)
    if key == "Unnamed":
        assert entry["NETNS_HOLDER_FD"] == str(made.fd)
    else:
        assert entry["NETNS_HOLDER_TID"] == str(made.tid)
        home = os.stat(f"/proc/{made.pid}/ns/net").st_ino
        assert entry["NETNS_HOLDER_HOME_INODE"] == str(home)
        assert f"which itself is in net:[{home}]" in entry["MESSAGE"]
        assert [n for n in d.listed_all() if n.get("inode") == made.inode][0]["strayThread"]
    # A restart tells nothing anew, and loses no end.
    d.stop()
    d.start()
    scans(d, 3)
    assert len(entries_by_inode(id_)) == 1
    made.stop()
    wait_until(lambda: entries_by_inode(RESOLVED), "the end")
    assert entries_by_inode(RESOLVED)[0]["NETNS_ENDING"] == "gone"
    assert not entries_by_inode(LEAKED)


def test_a_storm_is_told_in_a_few_entries(journal, daemon, stack):
    leakers = [nsorphan.Leaker() for _ in range(12)]
    for leaker in leakers:
        stack.callback(nsorphan.stop, leaker.process)
    cookies = {leaker.new() for leaker in leakers for _ in range(25)}
    d = daemon("[Alert]\nMaxPerMinute=7\n", prefix=journal.prefix)
    wait_until(lambda: journal.entries(f"MESSAGE_ID={HELD_BACK}"), "the summary")
    told = journal.entries(f"MESSAGE_ID={LEAKED}")
    # One process is one entry, of one scan.
    assert 2 <= len(told) <= 7
    entry = journal.entries(f"MESSAGE_ID={HELD_BACK}")[0]
    # Other tests may leak beside us, so there may be more than ours.
    held = int(entry["NETNS_DETAIL"].split()[0])
    assert held + sum(len(cookies_of(e)) for e in told) >= 300
    assert "MaxPerMinute=7" in entry["MESSAGE"]
    assert cookies <= set(d.listed())
    scans(d, 2)
    assert len(journal.entries(f"MESSAGE_ID={LEAKED}")) == len(told)


def test_ignored_until_the_rule_is_gone(journal, daemon, zoo):
    d = daemon(f"[Ignore]\nExecutable={nsorphan.ZOO}/socket\n", prefix=journal.prefix)
    leak = zoo("socket", "netlink")
    wait_until(lambda: (entry_in(d, leak.cookie) or {}).get("state") == "leaked", "the leak")
    assert entry_in(d, leak.cookie)["ignored"] is True
    scans(d, 2)
    assert not entries_of(journal, leak.cookie, LEAKED)
    d.configure("[Scan]\nDeep=no\n")
    d.process.send_signal(signal.SIGHUP)
    one_entry(journal, leak.cookie, LEAKED)


def test_a_bad_configuration_keeps_the_old(journal, daemon, zoo):
    d = daemon(f"[Ignore]\nExecutable={nsorphan.ZOO}/socket\n", prefix=journal.prefix)
    leak = zoo("socket", "netlink")
    wait_until(lambda: (entry_in(d, leak.cookie) or {}).get("state") == "leaked", "the leak")
    d.config.unlink()
    d.config.mkdir()
    d.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "continuing with the old configuration" in d.log.read_text(), "the error")
    scans(d, 2)
    assert entry_in(d, leak.cookie)["ignored"] is True
    assert not entries_of(journal, leak.cookie, LEAKED)


def damage_truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def damage_garbage(path):
    path.write_bytes(os.urandom(5000))


def damage_version(path):
    path.write_text(re.sub('(?<="nsorphandState":)[0-9]+', "999", path.read_text(), count=1))


def damage_bit(path):
    data = bytearray(path.read_bytes())
    data[-50] ^= 1
    path.write_bytes(data)


def damage_empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage, why", [
    (damage_truncate, "it is cut short"), (damage_garbage, "it"), (damage_empty, "it is cut short"),
    (damage_version, "it has version 999, not "), (damage_bit, "its checksum is wrong")])
def test_damaged_state_is_set_aside(journal, daemon, zoo, damage, why):
    d = daemon(prefix=journal.prefix)
    leak = zoo("socket", "netlink")
    one_entry(journal, leak.cookie, LEAKED)
    d.stop()
    path = d.state / "ledger.json"
    damage(path)
    damaged = path.read_bytes()
    d.start()
    wait_until(lambda: f"is not used, because {why}" in d.log.read_text(), "the warning")
    assert d.log.read_text().count("is not used") == 1
    assert path.with_name("ledger.json.damaged").read_bytes() == damaged
    # It runs on, and finds the leak again.
    wait_until(lambda: (entry_in(d, leak.cookie) or {}).get("state") == "leaked", "the leak")


def test_unwritable_state(journal, daemon, zoo):
    d = daemon(prefix=journal.prefix)
    d.stop()
    nsorphan.run("mount", "-t", "tmpfs", "-o", "ro,mode=0700", "tmpfs", d.state, prefix=journal.prefix)
    d.start()
    leak = zoo("socket", "netlink")
    one_entry(journal, leak.cookie, LEAKED)
    scans(d, 2)
    text = d.log.read_text()
    assert text.count("Failed to write state file") == 1


def test_full_disk(journal, daemon, zoo, leaker):
    d = daemon(prefix=journal.prefix)
    d.stop()
    nsorphan.run("mount", "-t", "tmpfs", "-o", "size=16k,mode=0700", "tmpfs", d.state, prefix=journal.prefix)
    d.start()
    cookies = [leaker.new() for _ in range(60)]
    for cookie in cookies[:3]:
        one_entry(journal, cookie, LEAKED)
    wait_until(lambda: "No space left on device" in d.log.read_text(), "the warning")
    scans(d, 2)
    assert d.log.read_text().count("No space left on device") == 1
    # Room again: the file is written, and nothing was forgotten.
    for cookie in cookies[3:]:
        leaker.drop(cookie)
    scans(d, 2)
    d.stop()
    d.start()
    scans(d, 2)
    one_entry(journal, cookies[0], LEAKED)


def test_reports_wait_for_journald(journal, daemon, zoo):
    d = daemon(prefix=journal.prefix)
    here = f"{journal.prefix[1].removeprefix('--mount=').removesuffix('/ns/mnt')}/root"
    path = pathlib.Path(here + "/run/systemd/journal/socket")
    path.rename(path.with_name("away"))
    leak = zoo("socket", "netlink")
    wait_until(lambda: (entry_in(d, leak.cookie) or {}).get("state") == "leaked", "the leak")
    wait_until(lambda: "Failed to write to the journal" in d.log.read_text(), "the warning")
    assert not entries_of(journal, leak.cookie, LEAKED)
    # Not even a crash loses it.
    d.stop(signal.SIGKILL)
    d.start()
    path.with_name("away").rename(path)
    one_entry(journal, leak.cookie, LEAKED)
    assert d.log.read_text().count("Failed to write to the journal") <= 2


@pytest.mark.parametrize("point", ["before-intent", "after-intent", "before-send", "after-send",
                                   "before-done", "after-done"])
def test_kill_at_every_step_of_a_report(journal, daemon, zoo, point):
    leak = zoo("socket", "netlink")
    d = daemon(prefix=journal.prefix)
    d.stop(signal.SIGKILL)
    for id_ in LEAKED, RESOLVED:
        if id_ == RESOLVED:
            leak.stop()
        d.environment.update(LD_PRELOAD=str(nsorphan.ZOO / "libkill-at.so"), KILL_AT=point,
                             KILL_COOKIE=str(leak.cookie),
                             # Of a build with sanitizers, which want to come first.
                             ASAN_OPTIONS="verify_asan_link_order=0")
        d.spawn()
        assert d.process.wait(nsorphan.PATIENCE) == -signal.SIGKILL
        told = len(entries_of(journal, leak.cookie, id_))
        assert told == (point in ("after-send", "before-done", "after-done"))
        del d.environment["LD_PRELOAD"]
        d.start()
        one_entry(journal, leak.cookie, id_)
        # It was not only late: two more scans tell it no second time.
        scans(d, 2)
        assert len(entries_of(journal, leak.cookie, id_)) == 1
        d.stop()
    # Only a crash between the intent and the deed leaves a doubt, which the marker settles.
    doubtful = point in ("after-intent", "before-send", "after-send", "before-done")
    assert len(journal.entries(f"MESSAGE_ID={INTERRUPTED}")) >= 2 * doubtful
    if doubtful:
        assert "read the journal back" not in d.log.read_text()


def test_kill_at_any_moment(journal, daemon, zoo):
    """Killed 200 times while leaks come and go: none lost, none told twice, no end lost."""
    rng = random.Random(20)
    d = daemon(prefix=journal.prefix)
    d.stop(signal.SIGKILL)
    # Each of a process of its own: one that leaks many is told of once a minute.
    programs, dropped = {}, []

    def leak():
        program = zoo("socket", "netlink")
        programs[program.cookie] = program
        return program.cookie

    alive = [leak() for _ in range(3)]
    for i in range(200):
        if rng.random() < 0.5:
            alive.append(leak())
        if len(alive) > 6 and rng.random() < 0.6:
            dropped.append(alive.pop(rng.randrange(3, len(alive))))
            programs[dropped[-1]].stop()
        d.spawn()
        time.sleep(rng.uniform(0, 0.35))
        d.stop(signal.SIGKILL)
    d.start()

    def told(id_):
        counts = {}
        for entry in journal.entries(f"MESSAGE_ID={id_}"):
            for cookie in cookies_of(entry):
                counts[cookie] = counts.get(cookie, 0) + 1
        return counts

    wait_until(lambda: set(alive) <= set(told(LEAKED)), "every leak to be told")
    scans(d, 2)
    leaked, resolved = told(LEAKED), told(RESOLVED)
    assert {cookie: leaked.get(cookie) for cookie in alive} == {cookie: 1 for cookie in alive}
    assert not set(alive) & set(resolved)
    for cookie in dropped:
        assert leaked.get(cookie, 0) <= 1
        assert resolved.get(cookie, 0) == leaked.get(cookie, 0)
    # The test means something only if much happened, and kills came in the middle of reports.
    assert sum(leaked.get(cookie, 0) for cookie in dropped) > 10
    ids = [e["NETNS_REPORT_ID"] for e in journal.entries("SYSLOG_IDENTIFIER=nsorphand")]
    assert len(ids) == len(set(ids))
