# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every program of the zoo gets the verdict of docs/holders.md."""
import os
import pathlib
import re
import socket
import struct

import pytest

from nsorphan import REPO, ZOO, kernel, run, scan, wait_until

ROW = re.compile(r"^\| `([^`]+)` \| [^|]+ \| ([a-z]+) \| ([a-z_]*) ?\| ?([^|]*?) ?\|$", re.MULTILINE)
TABLE = [(argv.split(), verdict, kind, note)
         for argv, verdict, kind, note in ROW.findall((REPO / "docs/holders.md").read_text())]

# linux/netlink.h, linux/sock_diag.h, bits/socket.h
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, AF_XDP = 4, 20, 44
NLM_F_REQUEST, NLM_F_DUMP, NLMSG_ERROR = 0x1, 0x300, 0x2


def rows(*verdicts):
    return [pytest.param(argv, verdict, kind, id="-".join(argv))
            for argv, verdict, kind, _ in TABLE if verdict in verdicts]


def need_kernel(argv):
    """Skips where the table says that an older kernel cannot tell."""
    note = next(note for row, _, _, note in TABLE if row == argv)
    if found := re.match(r"Linux (\d+)\.(\d+)$", note):
        if kernel() < (int(found[1]), int(found[2])):
            pytest.skip(f"{note} or newer is needed to tell: docs/limits.md")


def test_table_has_every_program():
    programs = set(re.findall(r"^    '([a-z-]+)',$", (REPO / "tests/zoo/meson.build").read_text(),
                              re.MULTILINE)) - \
        {"churn", "fork-storm", "hopper", "proc-net-kinds"}
    assert programs and programs == {argv[0] for argv, *_ in TABLE}


def sharing(argv, made):
    """The processes that share its fd table: one with a lower number is named where numbers have begun anew."""
    if argv != ["shared-tables", "processes"]:
        return []
    children = pathlib.Path(f"/proc/{made.pid}/task/{made.pid}/children").read_text().split()
    return [(int(pid), int(pid)) for pid in children]


@pytest.mark.parametrize("argv, verdict, kind", rows("attached", "pinned", "orphaned"))
def test_verdict(zoo, argv, verdict, kind):
    need_kernel(argv)
    made = zoo(*argv)
    namespace = scan().find(made)
    assert namespace and namespace["verdict"] == verdict
    assert namespace["inode"] == made.inode
    assert [h["kind"] for h in namespace["holders"]] == [kind]
    assert namespace["holderCount"] == 1

    holder = namespace["holders"][0]
    for key in ("fd", "socketInode", "path", "device"):
        assert holder.get(key) == getattr(made, key), key
    if made.unseen:
        assert not {"pid", "tid", "comm"} & holder.keys()
    else:
        assert (holder["pid"], holder["tid"]) in {(made.pid, made.tid), *sharing(argv, made)}
        assert holder["comm"] == argv[0][:15]


def kernel_lists(family):
    """Whether the running kernel has a sock_diag(7) dump of all sockets of a family."""
    request = struct.pack("=IHHII" "BB46x", 64, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 0, 0,
                          family, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as asked:
        asked.send(request)
        kind, = struct.unpack_from("=H", asked.recv(65536), 4)
    return kind != NLMSG_ERROR


def assert_unresolved(census, made, kind):
    # As a task of the host's namespace the program is listed, or one of many that are only counted.
    if made.unseen:
        holder, = [h for h in census.unresolved if h["kind"] == kind and "pid" not in h]
    else:
        (namespace, holder), = [(n, h) for n, h in census.holders(made.pid) if h["kind"] != "task"]
        assert namespace is None
    assert holder["kind"] == kind
    for key in ("fd", "socketInode", "path"):
        assert made.facts.get(key) in (holder.get(key), None), key
    assert holder["reason"]
    assert census.coverage["unresolvedHolders"] >= 1


@pytest.mark.parametrize("argv, verdict, kind", rows("nameless"))
def test_nameless_orphan(zoo, argv, verdict, kind):
    """The holder's namespace has no name, but belongs to nobody we know: an orphan all the same."""
    made = zoo(*argv)
    census = scan()
    assert census.find(made) is None
    if kind == "socket_mapping" and not kernel_lists(AF_XDP):
        # What is mapped may be an AF_XDP socket, which this kernel cannot list: nothing is proved.
        assert_unresolved(census, made, kind)
        return
    proof = [n for n, h in census.holders(made.pid) if n and h["kind"] == kind]
    if not proof:
        # Another test holds a nameless one too, and that they are two is not to be proved.
        assert_unresolved(census, made, kind)
        assert any("nameless" in n for n in census.namespaces)
        return
    assert len(proof) == 1
    assert proof[0]["verdict"] == "orphaned"
    known_by = proof[0]["nameless"]
    assert known_by["pid"] == made.pid and known_by["startTicks"] > 0
    assert known_by["fileInode"] == made.socketInode and known_by["kind"] == kind
    assert "inode" not in proof[0] and "cookie" not in proof[0]
    assert [h["kind"] for h in proof[0]["holders"]] == [kind]


@pytest.mark.parametrize("variation, namespaces, holders, unresolved", [
    ("two-files", 1, 1, 1), ("two-processes", 1, 1, 1), ("shared-file", 1, 2, 0),
    ("two-namespaces", 2, 2, 0)])
def test_nameless_holders_of_one_namespace_or_two(zoo, variation, namespaces, holders, unresolved):
    """As many namespaces as there must be, and no more; what is not to be proved is counted."""
    made = zoo("nameless", variation)
    census = scan()
    held = [(n, h) for n in [*census.namespaces, None] for h in
            (n["holders"] if n else census.unresolved)
            if h["kind"] == "proc_net_file" and h.get("comm") == "nameless"]
    named = [n for n, _ in held if n]
    if all("tcp" in h["path"] for _, h in held):
        assert len(named) == holders
        assert len({n["nameless"]["fileInode"] for n in named}) == namespaces
        assert {n["verdict"] for n in named} == {"orphaned"}
        assert sum(n["holderCount"] for n in {id(n): n for n in named}.values()) == holders
    else:
        # Both may be open: another test may hold a nameless one at this time.
        assert len(named) <= namespaces
    assert len(held) == holders + unresolved
    for where, holder in held:
        assert where or "that nothing else leads to" in holder["reason"]
    if unresolved:
        assert not census.coverage["complete"]
    assert made.pid in [h["pid"] for _, h in held]


@pytest.mark.parametrize("argv, verdict, kind", rows("unresolved"))
def test_unresolved_is_listed(zoo, argv, verdict, kind):
    made = zoo(*argv)
    census = scan()
    assert census.find(made) is None
    assert_unresolved(census, made, kind)


@pytest.mark.parametrize("argv, verdict, kind", rows("nameless", "unresolved"))
def test_holder_without_a_name_of_a_known_namespace_is_attributed(zoo, argv, verdict, kind):
    """The same holder, of a namespace that another holder names: no orphan of its own."""
    made = zoo(*argv, prefix=("env", "ZOO_INHABITED=1"))
    census = scan()
    namespace = census.find(made)
    assert namespace["verdict"] == "attached"
    if not made.socketInode:
        # Of such a kind nothing ever tells.
        assert_unresolved(census, made, kind)
        return
    if argv == ["mapped-socket", "xdp"] and not kernel_lists(AF_XDP):
        assert_unresolved(census, made, kind)
        return
    assert kind in [h["kind"] for h in namespace["holders"] if h["pid"] == made.pid]


@pytest.mark.parametrize("argv, verdict, kind", rows("nothing"))
def test_what_holds_nothing_is_no_holder(zoo, argv, verdict, kind):
    """Neither of a namespace of its own nor of one that cannot be told, whatever it looks like. (Of the host's it
    may be one.)"""
    made = zoo(*argv)

    def made_of_it():
        census = scan()
        return census.find(made), [h for n, h in census.holders(made.pid)
                                   if h["kind"] != "task" and (not n or n["verdict"] != "attached")]
    # The kernel needs a while to clean up.
    wait_until(lambda: made_of_it() == (None, []), "nothing to be made of it")


def test_file_of_proc_in_flight_is_listed(zoo):
    """As one whose namespace cannot be told; where that is known otherwise, it changes nothing."""
    def in_flight(made):
        return [h["carried"] for n, h in scan().holders(made.pid) if h["kind"] == "socket_in_flight" and not n]
    assert in_flight(zoo("in-flight", "procnet")) == ["proc_net_file"]
    assert in_flight(zoo("in-flight", "procnet", prefix=("env", "ZOO_INHABITED=1"))) == []


def known_kinds():
    """{name: whether it keeps its namespace} of files below /proc/PID/net, as the scanner has it."""
    source = (REPO / "src/census/procfs/proc-net.c").read_text()
    lists = {name: re.findall(r'"([^"]+)"', text) for name, text in
             re.findall(r"(\w+)\[\] = \{(.*?)\};", source, re.DOTALL)}
    return dict.fromkeys(lists["holding"], True) | dict.fromkeys(lists["not_holding"], False)


def test_files_of_proc_net_hold_what_the_kernel_says(zoo):
    """Each file of this kernel that the scanner knows was opened in a namespace that lost all else."""
    known = known_kinds()
    asked = dict(re.findall(r"(\S+) (holds(?: not)?)", run(ZOO / "proc-net-kinds").stdout))
    assert len(asked) > 10
    wrong = {name: word for name, word in asked.items()
             for kind in [known.get(name, known.get(re.sub(r"/.*", "/", name)))]
             if kind is not None and kind != (word == "holds")}
    assert not wrong
    assert asked["tcp"] == "holds" and asked["softnet_stat"] == "holds not"


@pytest.mark.parametrize("how", ["threads", "processes"])
def test_shared_table_is_walked_once(zoo, how):
    """200 that share 5,000 files are not a million."""
    need_kernel(["shared-tables", how])
    before = scan().coverage["fds"]
    zoo("shared-tables", how)
    after = scan().coverage
    # Small ones are walked for each of those that share them, and each large one's beginning may be.
    assert after["fds"] - before < 5 * 5000
    if how == "processes":
        assert any("not all files of" in reason for reason in after["reasons"])


@pytest.mark.parametrize("argv, verdict, kind", rows("unseen"))
def test_unseen_is_not_claimed(zoo, argv, verdict, kind):
    made = zoo(*argv)
    census = scan()
    assert census.find(made) is None
    assert not [n for n, _ in census.holders(made.pid) if n and n["verdict"] == "orphaned"]


@pytest.mark.parametrize("argv, verdict, kind", rows("nothing"))
def test_nothing_is_made_of_what_holds_nothing(zoo, argv, verdict, kind):
    made = zoo(*argv)
    # Gone a moment after the last reference; or the host's own namespace, which a task is in.
    census = wait_until(lambda: (c := scan()).verdict(made) in (None, "attached") and c,
                        "the namespace to be gone")
    found = [(n, h) for n, h in census.holders(made.pid) if h["kind"] != "task"]
    assert not [(n, h) for n, h in found if n is None or n["verdict"] != "attached"]


# Veths have tests of their own, in a network of their own: test_unseen.py.
@pytest.mark.parametrize("argv", [pytest.param(argv, id="-".join(argv)) for argv, verdict, _, note
                                  in TABLE if verdict == "unseen" and "counted" in note
                                  and argv[0] != "unseen-veth"])
def test_what_is_not_looked_at_is_counted(zoo, argv):
    before = scan().coverage
    zoo(*argv)
    after = scan().coverage
    assert not after["complete"]
    assert set(after["reasons"]) - set(before["reasons"])


@pytest.mark.parametrize("variation", ["peek-off", "unaccepted"])
def test_unseen_files_in_flight_are_counted(zoo, variation):
    before = scan().coverage
    zoo("in-flight", variation)
    after = scan().coverage
    assert not after["complete"]
    assert [r for r in after["reasons"] if "in flight" in r and r not in before["reasons"]]


def test_backlog_was_alive_all_along(zoo):
    made = zoo("listen-backlog")
    cookie = made.cookie
    assert scan().find(made) is None
    made.act()
    assert made.cookie == cookie
    assert scan().verdict(made) == "orphaned"


def test_tcp_goes_on_sending(zoo):
    """The next segment on the wire proves that the namespace no scan finds is alive."""
    made = zoo("tcp-closing")
    assert scan().find(made) is None
    made.act()


def test_same_inode_again_is_another_namespace(zoo):
    """Inode numbers are used again at once; the cookie tells one leak from the next."""
    seen = {}

    def twice():
        made = zoo("socket", "udp")
        namespace = scan().find(made)
        assert namespace["cookie"] == made.cookie
        again = seen.setdefault(made.inode, made.cookie) != made.cookie
        made.stop()
        return again

    wait_until(twice, "an inode number to come back")


def test_owner(zoo):
    """A namespace of another user namespace tells whose it is."""
    made = zoo("socket", "udp", prefix=("unshare", "--user", "--map-root-user", "--net", "--"))
    namespace = scan().find(made)
    assert namespace["verdict"] == "orphaned"
    assert namespace["ownerUID"] == os.getuid()
    assert namespace["ownerUserNamespaceInode"] == os.stat(f"/proc/{made.pid}/ns/user").st_ino
    assert namespace["ownerUserNamespaceInode"] != os.stat("/proc/self/ns/user").st_ino
