# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every reply is what the interface description says: each field there and of its type, each word of its enum.

The descriptions are read by idl.py, not by what the daemon reads them with.
"""
import contextlib
import json

import pytest

from idl import Interface
from nsorphan import run, wait_until, CTL

SCANNER = "io.nsorphan.Scanner"
CONFIG = "[Scan]\nInterval=1h\nSource={}\n[Alert]\nGraceSec=0\n"
ZOO = ("socket netlink", "socket udp", "socket packet", "socket unix", "accepted", "tun attached", "in-flight nested",
       "task thread", "nsfs-fd link", "nsfs-mount plain", "mapped-ring plain", "io-uring file", "proc-net-file",
       "listen-backlog", "tcp-closing", "fs-context fsopen")


def described(d, name):
    return Interface(d.call("org.varlink.service.GetInterfaceDescription", {"interface": name})["description"])


def stream(d, method, enough=None):
    """The replies to a call with `more`; of one without end so many."""
    with contextlib.closing(d.connect()) as connection:
        connection.send(method, more=True)
        while True:
            reply = connection.receive()
            assert "error" not in reply, reply
            yield reply["parameters"]
            if not reply.get("continues") or (enough and enough(reply["parameters"])):
                return


@pytest.mark.parametrize("source", ["procfs", "auto"])
def test_replies_are_as_described(daemon, zoo, source):
    d = daemon(CONFIG.format(source))
    idl = described(d, SCANNER)
    for case in ZOO:
        zoo(*case.split())
    refreshed = wait_until(lambda: (r := d.call(f"{SCANNER}.Refresh"))["states"]["leaked"] and r, "a leak")
    idl.assert_reply("Refresh", refreshed)
    idl.assert_reply("GetStatus", d.call(f"{SCANNER}.GetStatus"))
    idl.assert_reply("GetMetrics", d.call(f"{SCANNER}.GetMetrics"))
    listed = list(stream(d, f"{SCANNER}.List"))
    kinds = set()
    for reply in listed:
        idl.assert_reply("List", reply)
        for namespace in reply["namespaces"]:
            kinds |= {holder["kind"] for holder in namespace["holders"]}
            wanted = {key: namespace[key] for key in ("inode", "cookie") if key in namespace}
            if namespace["verdict"] == "attached" or not wanted:
                continue
            idl.assert_reply("Get", d.call(f"{SCANNER}.Get", wanted))
            idl.assert_reply("Inspect", d.call(f"{SCANNER}.Inspect", wanted))
    assert len(kinds) >= 5
    for reply in stream(d, f"{SCANNER}.Subscribe", lambda reply: reply["kind"] == "synchronized"):
        idl.assert_reply("Subscribe", reply)


def test_the_reader_can_find_fault():
    """If it cannot, the test above would be worth nothing."""
    idl = Interface("interface a.b\ntype W (x, y_z)\n# (\nmethod M(a: ?int) -> (w: W, n: ?[]int, o: (b: bool))\n"
                    "error E ()\n")
    idl.assert_reply("M", {"w": "y_z", "n": [1, 2], "o": {"b": True}})
    for wrong in ({"w": "y-z", "o": {"b": True}}, {"w": "x"}, {"w": "x", "o": {"b": 1}},
                  {"w": "x", "o": {"b": True}, "more": 1}, {"w": "x", "o": {"b": True}, "n": [True]}):
        with pytest.raises(AssertionError):
            idl.assert_reply("M", wrong)


def test_scan_and_list_are_alike(daemon, zoo):
    """Both are objects that say of which version, host and scan they are, and how complete."""
    d = daemon(CONFIG.format("procfs"))
    idl = described(d, SCANNER)
    made = zoo("socket", "netlink")
    d.ctl("refresh")
    scan, listed = (json.loads(done.stdout) for done in
                    (run(CTL, "scan", "--all", "--json=short", "--source=procfs"), d.ctl("list", "--all", "--json=short")))
    assert set(scan) - set(listed) == {"unresolved"} and set(listed) <= set(scan)
    for document in scan, listed:
        assert document["version"] == 2
        assert idl.wrong(document["scan"], "Scan", "scan") == []
        assert idl.wrong(document["coverage"], "Coverage", "coverage") == []
        assert idl.wrong(document["host"], "Host", "host") == []
        assert idl.wrong(document["namespaces"], ("[]", "Namespace"), "namespaces") == []
        assert made.cookie in [namespace.get("cookie") for namespace in document["namespaces"]]
