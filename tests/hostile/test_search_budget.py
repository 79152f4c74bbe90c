# SPDX-License-Identifier: LGPL-2.1-or-later
"""With BPF, looking for holders takes little of a CPU however many orphans a user makes, and nobody else waits."""
import contextlib
import ctypes
import fcntl
import os
import subprocess
import sys
import time

import pytest
from nsorphan import BUILD, scan

pytestmark = pytest.mark.skipif(not (BUILD / "tests/bpf/bpf-survey").exists(), reason="built without BPF")

REFRESH = "io.nsorphan.Scanner.Refresh"
# Open files of somebody's: what makes a search last as on a large host.
FILES = 200_000
CROWD = f"""
import os, resource, signal
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
each = min(most, {FILES} + 100) - 100
for _ in range({FILES} // each):
    if os.fork() == 0:
        import ctypes
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        for _ in range(each):
            os.dup(0)
        os.write(1, b"made\\n")
        signal.pause()
signal.pause()
"""
OTHER = ("setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", "unshare", "--user", "--map-root-user",
         "--net")
AT_ONCE, ROUNDS, PAUSE = 200, 20, 0.25


def kinds(namespace):
    return {h["kind"] for h in namespace["holders"]}


@contextlib.contextmanager
def nsfs_file(holder):
    """A file of the namespace of a socket."""
    pidfd = os.pidfd_open(holder["pid"])
    file = ctypes.CDLL(None, use_errno=True).syscall(438, pidfd, holder["fd"], 0)  # pidfd_getfd
    os.close(pidfd)
    assert file >= 0, os.strerror(ctypes.get_errno())
    try:
        nsfs = fcntl.ioctl(file, 0x894C)  # SIOCGSKNS
    finally:
        os.close(file)
    try:
        yield
    finally:
        os.close(nsfs)


def named(d, cookies):
    """Those of which the ledger knows the holder, at the end of a scan."""
    found = d.listed()
    return [cookie for cookie in cookies if cookie in found and "socket" in kinds(found[cookie])]


def test_a_flood_is_searched_for_little_and_delays_nobody(attack, daemon, zoo, spawn):
    crowd = spawn([sys.executable, "-c", CROWD], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert crowd.stdout.readline() == "made\n"
    d = daemon("[Scan]\nSource=bpf\nInterval=1h\n[Alert]\nGraceSec=1h\n")
    flood = attack("attack_flood.py")

    def make(n):
        flood.process.stdin.write(f"{n}\n")
        flood.process.stdin.flush()
        return flood.hear().cookies

    # Of one who was quiet, all are looked for at once.
    first = make(AT_ONCE)
    d.call(REFRESH)
    # Another program of ours may just look into some of them, on this host.
    assert len(named(d, first)) >= AT_ONCE * 0.95

    # A search finds the holders of all that its user has: so it is counted how often the newest had to wait, and the
    # rounds end where some do.
    made, waits = [], 0
    for i in range(3 * ROUNDS):
        made += make(1)
        answer = d.call(REFRESH)
        waits += not named(d, made[-1:])
        time.sleep(PAUSE)
        waiting = [cookie for cookie in made if cookie not in named(d, made)]
        if i + 1 >= ROUNDS and waiting:
            break
    print(f"in {waits} of {len(made)} rounds the newest waits, at the end {len(waiting)}")
    assert waits > len(made) / 2 and waiting
    assert not answer["coverage"]["complete"]
    assert any("not looked for yet" in reason for reason in answer["coverage"]["reasons"]), answer
    # Verdicts do not wait, nor do they become doubtful.
    verdicts = [(n["verdict"], n.get("partial", False)) for cookie, n in d.listed().items() if cookie in waiting]
    assert verdicts.count(("orphaned", False)) >= len(waiting) * 0.9, verdicts

    # A path that comes while its namespace waits was not looked for: what was known stays, and so does the entry.
    # One whose path was looked for, since some time had come together, proves nothing: the next one then.
    for looked_at in [c for c, n in d.listed().items() if c in first and kinds(n) == {"socket"}]:
        before = d.listed()[looked_at]
        with nsfs_file(before["holders"][0]):
            answers = [(d.call(REFRESH), d.listed().get(looked_at)) for _ in range(2)]
        d.call(REFRESH)
        if all(found for _, found in answers):
            break
    for census, found in answers:
        assert found["verdict"] == "orphaned" and found["unconfirmed"], found
        assert [h["pid"] for h in found["holders"]] == [h["pid"] for h in before["holders"]]
        assert any("not looked for yet" in reason for reason in census["coverage"]["reasons"])
    assert not d.listed()[looked_at].get("unconfirmed", False)

    # Another's leak, with all that holds it, in the first scan; and the flood goes on.
    leak = zoo("in-flight", "nested", prefix=OTHER)
    make(1)
    d.call(REFRESH)
    found = d.listed()[leak.cookie]
    assert found["references"]["explained"] == found["references"]["counted"]
    assert [(h["kind"], h["pid"]) for h in found["holders"]] == [("socket_in_flight", leak.pid)]
    # A scan by hand is not limited.
    census = {n["cookie"]: n for n in scan(source="bpf").namespaces}
    assert len([cookie for cookie in waiting if "socket" in kinds(census[cookie])]) >= len(waiting) * 0.9
