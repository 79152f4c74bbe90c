# SPDX-License-Identifier: LGPL-2.1-or-later
"""How much there is to tell of a namespace, its owner decides; how much is told, the daemon."""
import contextlib
import json
import time

from nsorphan import wait_until

INTERFACE = "io.nsorphan.Scanner"


def receive_bytes(connection):
    """The next reply, and its size."""
    reply = connection.receive()
    return reply, len(json.dumps(reply))


def inspect(started, inode):
    with contextlib.closing(started.connect()) as connection:
        connection.send(f"{INTERFACE}.Inspect", {"inode": inode})
        return receive_bytes(connection)


def test_more_addresses_than_anybody_reads(daemon, attack):
    attacker = attack("attack_inside.py", 6000)
    started = daemon()
    wait_until(lambda: "error" not in inspect(started, attacker.inode)[0], "the namespace to be found")
    reply, size = inspect(started, attacker.inode)
    inspection = reply["parameters"]["inspection"]
    assert sum(len(link["addresses"]) for link in inspection["interfaces"]) == 4096
    assert inspection["truncated"] is True
    assert size < 1 << 20
    assert "There is more of this than is listed here." in \
        started.ctl("explain", f"net:[{attacker.inode}]").stdout
    # One that has less says nothing of the kind.
    other = attack("attack_inside.py", 10)
    wait_until(lambda: "error" not in inspect(started, other.inode)[0], "the other one")
    assert "truncated" not in inspect(started, other.inode)[0]["parameters"]["inspection"]


def test_a_subscriber_reads_at_his_pace(daemon, leaker):
    """What there is goes out as he reads; what happens meanwhile comes behind, each of it once."""
    cookies = {leaker.new() for _ in range(150)}
    started = daemon("[Scan]\nInterval=1h\n[Alert]\nGraceSec=0\n")
    wait_until(lambda: cookies <= set(started.listed()), "all to be found")
    with contextlib.closing(started.connect()) as connection:
        connection.send(f"{INTERFACE}.Subscribe", more=True)
        time.sleep(0.2)
        gone = sorted(cookies)[:20]
        for cookie in gone:
            leaker.drop(cookie)
        new = {leaker.new() for _ in range(5)}
        started.call(f"{INTERFACE}.Refresh")
        started.call(f"{INTERFACE}.Refresh")
        present, changed, sequence, last = set(), {}, None, None
        while not (changed.keys() >= new and
                   all({"resolved", "cleared"} & set(changed.get(c, ())) for c in gone)):
            event = connection.receive()["parameters"]
            cookie = event.get("namespace", {}).get("cookie")
            if event["kind"] == "present":
                assert sequence is None, "after synchronized"
                present.add(cookie)
            elif event["kind"] == "synchronized":
                sequence = last = event["sequence"]
                assert cookies - set(gone) <= present
            else:
                assert event["sequence"] == last + 1
                last = event["sequence"]
                changed.setdefault(cookie, []).append(event["kind"])
        assert all(len(kinds) == len(set(kinds)) for c, kinds in changed.items() if c in cookies | new)
