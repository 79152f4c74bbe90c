# SPDX-License-Identifier: LGPL-2.1-or-later
"""explain, enter, pin, graph on real orphans, compared with what ip(8) and ss(8) say of them."""
import contextlib
import json
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

import pytest

import nsorphan
import seccomp

ORPHAN = pathlib.Path(__file__).with_name("orphan.py")


class Orphan:
    """orphan.py at work; prefix runs a command on the "host" it lives on."""

    def __init__(self, *argv):
        self.process = subprocess.Popen([sys.executable, ORPHAN, *argv], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line, f"orphan.py ended with {self.process.wait()}"
        self.facts = json.loads(line)
        self.prefix = ("nsenter", f"--net=/proc/{self.facts['host']}/ns/net",
                       f"--mount=/proc/{self.facts['host']}/ns/mnt", f"--wdns={os.getcwd()}", "--")

    @property
    def name(self):
        return f"cookie:{self.facts['cookie']}"

    def run(self, *argv, **options):
        return nsorphan.run(*argv, prefix=self.prefix, **options)

    def ctl(self, *argv, **options):
        return self.run(nsorphan.CTL, *argv, **options)

    def explain(self, name=None):
        return json.loads(self.ctl("explain", name or self.name, "--json=short").stdout)

    def stop(self):
        nsorphan.stop(self.process)


@pytest.fixture
def orphan(stack):
    def start(*argv):
        made = Orphan(*argv)
        stack.callback(made.stop)
        return made
    return start


def is_gone(cookie):
    return all(n.get("cookie") != cookie for n in nsorphan.scan().namespaces)


def test_inside_is_what_ip_and_ss_say_after_pin(orphan):
    busy = orphan("busy")
    told = busy.explain()
    busy.ctl("pin", busy.name, "blue")

    links = json.loads(busy.run("ip", "-n", "blue", "-d", "-j", "addr").stdout)
    assert [i["name"] for i in told["interfaces"]] == \
        [link["ifname"] for link in sorted(links, key=lambda link: link["ifindex"])]
    for link in links:
        mine = next(i for i in told["interfaces"] if i["name"] == link["ifname"])
        assert mine["index"] == link["ifindex"]
        assert mine["mtu"] == link["mtu"]
        assert mine["mac"] == link["address"]
        assert mine["up"] == ("UP" in link["flags"])
        assert mine["state"] == link["operstate"].lower()
        assert mine.get("kind") == link.get("linkinfo", {}).get("info_kind")
        assert sorted(mine["addresses"]) == \
            sorted(f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"])
    routes = [r for r in json.loads(busy.run("ip", "-n", "blue", "-j", "route").stdout)
              if r["dst"] == "default"]
    assert [(r["gateway"], r["interface"]) for r in told["defaultRoutes"]] == \
        [(r["gateway"], r["dev"]) for r in routes] == [("10.99.7.1", "eth0")]

    listening = {line.split()[4] for line in
                 busy.run("ss", "-N", "blue", "-Hltun").stdout.splitlines()}
    assert {entry["address"].replace("[::]", "*") for entry in told["listening"]
            if entry["protocol"] != "unix"} == listening == {"10.99.7.2:8087", "*:5377"}
    assert {"protocol": "unix", "address": "@busy\\x1b[31m",
            "socketInode": busy.facts["sockets"]["abstract"]} in told["listening"]
    established = busy.run("ss", "-N", "blue", "-Htn", "state", "established").stdout.splitlines()
    assert len(established) == 2
    assert {"family": "inet", "protocol": "tcp", "state": "established", "count": 2} in \
        told["socketCounts"]
    busy.run("ip", "netns", "exec", "blue", "ip", "addr")
    busy.run("ip", "netns", "del", "blue")


def test_the_sockets_that_hold_it(orphan):
    busy = orphan("busy")
    told = busy.explain()
    held = {h["socketInode"]: h for h in told["holders"]}
    assert set(held) == set(busy.facts["sockets"].values())
    client = held[busy.facts["sockets"]["client"]]
    server = held[busy.facts["sockets"]["server"]]
    assert client["remote"] == server["local"] == "10.99.7.2:8087"
    assert client["state"] == server["state"] == "established"
    assert server["receiveQueueBytes"] == 4
    route = held[busy.facts["sockets"]["netlink"]]
    assert route["portId"] == busy.facts["pid"]
    assert route["origin"] == "opened"
    assert all(h["closeOnExec"] for h in told["holders"])
    process = told["processes"][0]
    assert process["pid"] == busy.facts["pid"]
    assert process["parent"] == os.getpid()
    assert process["executable"] == os.path.realpath(sys.executable)
    assert "orphan.py busy" in process["commandLine"]
    assert process["user"] == pwd.getpwuid(os.getuid()).pw_name


def test_the_other_end_on_the_host_both_ways(orphan):
    busy = orphan("busy")
    eth0 = next(i for i in busy.explain()["interfaces"] if i["name"] == "eth0")
    assert "10.99.7.1/24" in eth0["peer"].pop("addresses")
    assert eth0["peer"] == {"name": "veth7", "here": True, "master": "br7", "masterKind": "bridge"}
    assert busy.explain("veth7")["cookie"] == busy.facts["cookie"]
    text = busy.ctl("explain", "veth7").stdout
    assert "its other end is veth7 on this host, on bridge br7" in text
    # Of a bridge, what is behind its port.
    assert busy.explain("br7")["cookie"] == busy.facts["cookie"]
    refused = busy.ctl("explain", "veth8", check=False)
    assert refused.returncode == 66 and 'Nothing was found for "veth8"' in refused.stderr

    # Seen from elsewhere, the peer is in a namespace that the census knows.
    told = json.loads(nsorphan.run(nsorphan.CTL, "explain", busy.name, "--json=short").stdout)
    peer = next(i for i in told["interfaces"] if i["name"] == "eth0")["peer"]
    assert peer["here"] is False and peer["name"] == "veth7"
    assert peer["inode"] == os.stat(f"/proc/{busy.facts['host']}/ns/net").st_ino


def test_explain_says_it_in_order(orphan):
    busy = orphan("busy")
    text = busy.ctl("explain", busy.name).stdout
    sections = ["Since when", "Who holds it, and through what", "What lives inside",
                "What it costs", "Likely cause", "What to do"]
    places = [text.index(f"\n{section}\n") for section in sections]
    assert places == sorted(places)
    assert "is an orphaned network namespace" in text
    chain = (f"10.99.7.2 and 1 more -> eth0 <-> veth7 (br7) and 1 more -> "
             f"net:[{busy.facts['inode']}] -> ")
    text = busy.ctl("explain", busy.name, env={**os.environ, "LC_ALL": "C"}).stdout
    assert text.splitlines()[0].startswith(chain)
    assert text.splitlines()[0].split(" (pid ")[1].startswith(str(busy.facts["pid"]))
    utf8 = busy.ctl("explain", busy.name, env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout
    assert utf8.startswith(chain.replace("<->", "⇄").replace("->", "→"))
    assert "2 addresses others can reach (10.99.7.2/24, fd00:99::7/64)" in text
    assert "netlink_handle_kept" in text
    assert f"\n      kill {busy.facts['pid']}\n" in text
    assert "gdb" not in text
    assert f"nsorphanctl enter {busy.name} ip addr" in text
    # In the order of least harm.
    commands = [text.index(f"\n    nsorphanctl {verb} {busy.name}") for verb in
                ("silence", "silence --undo", "enter", "pin")]
    assert commands == sorted(commands) and commands[-1] < text.index("\n      kill ")
    assert commands[1] < text.index(f"\n    nsorphanctl release {busy.name}\n") < text.index("\n      kill ") or \
        os.uname().machine != "x86_64"
    assert "\x1b" not in text
    # The commands it gives are commands.
    busy.ctl("enter", busy.name, "--", "ip", "addr")


def test_inherited_over_exec(orphan):
    told = (made := orphan("inherited")).explain()
    parent, child = (next(h for h in told["holders"] if h["pid"] == pid)
                     for pid in (made.facts["pid"], made.facts["child"]))
    assert parent["socketInode"] == child["socketInode"]
    assert parent["origin"] == "opened"
    assert child["origin"] == "inherited" and child["closeOnExec"] is False
    assert child["likelyCause"]["name"] == "inherited_without_close_on_exec"
    assert "is open in 2 places" in made.ctl("explain", made.name).stdout


@pytest.mark.parametrize("program, origin, cause", [
    (("accepted",), "accepted", "accepted_and_never_closed"),
    (("in-flight",), None, "sockets_in_flight"),
    (("tun",), None, "tun_left_open"),
])
def test_causes(zoo, program, origin, cause):
    made = zoo(*program)
    told = json.loads(nsorphan.run(nsorphan.CTL, "explain", f"cookie:{made.cookie}",
                                   "--json=short").stdout)
    assert told["verdict"] == "orphaned"
    held = told["holders"][0]
    assert held.get("origin") == origin
    assert held["likelyCause"]["name"] == cause
    assert [i["name"] for i in told["interfaces"]][0] == "lo"


def causes(told):
    return {h.get("likelyCause", {}).get("name") for h in told["holders"]}


def test_a_captures_ring_is_no_leak_of_a_ring(orphan):
    """An fd open and its ring mapped, as any program with libpcap has it."""
    told = orphan("capture").explain()
    assert "socket" in {h["kind"] for h in told["holders"]}
    assert causes(told) == {None}


def test_close_wait(orphan):
    made = orphan("close-wait")
    told = made.explain()
    assert causes(told) == {"connection_left_in_close_wait"} and len(told["holders"]) == 20
    text = made.ctl("explain", made.name).stdout
    assert re.search(r"Through fds \d+, \d+, \d+ and 17 more, 20 inet/tcp sockets\.\n"
                     r"      They are closed by the other end, but not by this process "
                     r"\(close_wait\), local address 127\.0\.0\.1:15008, remote address "
                     r"127\.0\.0\.1 with 20 ports\.\n", text)
    assert text.count("connection_left_in_close_wait") == 1


@pytest.mark.parametrize("opener", ["lives", "ended"])
def test_inherited_from_before_its_parent(orphan, opener):
    """A double fork: the holder's parent is pid 1 or a reaper."""
    made = orphan("double-fork", opener)
    told = made.explain()
    held, = [h for h in told["holders"] if h["pid"] == made.facts["child"]]
    text = made.ctl("explain", made.name).stdout
    if opener == "lives":
        assert held["origin"] == "inherited" and held["opener"] == made.facts["opener"]
        assert held["likelyCause"]["name"] == "inherited_without_close_on_exec"
        assert f"Inherited: the-opener (pid {made.facts['opener']}) opened it." in text
    else:
        assert held["origin"] in ("inherited", "passed") and held["opener"] == made.facts["opener"]
        expected = "inherited_from_an_ended_process" if held["origin"] == "inherited" else None
        assert held.get("likelyCause", {}).get("name") == expected


@pytest.mark.parametrize("server", ["lives", "ended"])
def test_a_client_that_binds_before_it_connects(orphan, server):
    """As sd-bus does: its end has a name, and was not accepted for all that."""
    made = orphan("bound-client", server)
    told = made.explain()
    client, = [h for h in told["holders"]
               if h["pid"] == made.facts["pid"] and h["kind"] == "socket"]
    assert client["local"] == "@bus/my-agentd/system"
    assert "likelyCause" not in client
    if server == "lives":
        assert client["origin"] == "opened"
        accepted, = [h for h in told["holders"] if h["pid"] == made.facts["server"]]
        assert accepted["origin"] == "accepted" and accepted["client"] == made.facts["pid"]
    else:
        assert "origin" not in client


def test_a_second_netlink_handle(orphan):
    told = orphan("handles").explain()
    assert sorted(h["portId"] > 1 << 31 for h in told["holders"]) == [False, True]
    assert causes(told) == {"netlink_handle_kept"}


def test_listening_is_said_as_such(orphan):
    made = orphan("listening")
    assert "It is listening on 127.0.0.1:8080, backlog at most 128.\n" in \
        made.ctl("explain", made.name).stdout


GO = """
package main
import ("fmt"; "net"; "os"; "runtime"; "syscall")
func main() {
    runtime.LockOSThread()
    home, _ := syscall.Open("/proc/thread-self/ns/net", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
    if e := syscall.Unshare(syscall.CLONE_NEWNET); e != nil { panic(e) }
    var st syscall.Stat_t
    syscall.Stat("/proc/thread-self/ns/net", &st)
    if os.Args[1] == "listen" {
        l, e := net.Listen("tcp4", "0.0.0.0:5353")
        if e != nil { panic(e) }
        go l.Accept()
    } else {
        fd, e := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
        if e != nil { panic(e) }
        defer syscall.Close(fd)
    }
    if _, _, e := syscall.RawSyscall(308, uintptr(home), syscall.CLONE_NEWNET, 0); e != 0 { panic(e) }
    syscall.Close(home)
    fmt.Println(st.Ino)
    os.Stdin.Read(make([]byte, 1))
}
"""


@pytest.mark.skipif(not shutil.which("go") or os.uname().machine != "x86_64",
                    reason="takes Go's compiler (golang-go)")
@pytest.mark.parametrize("flags", ["", "-s -w", "-s -w -buildid="])
def test_a_go_program(stack, tmp_path, flags):
    """What listens inside was meant to; what has a socket there for no such reason was not."""
    source, program = tmp_path / "main.go", tmp_path / "go-case"
    source.write_text(GO)
    subprocess.run(["go", "build", f"-ldflags={flags}", "-o", program, source], check=True,
                   env={**os.environ, "GOCACHE": str(tmp_path / "cache"), "GO111MODULE": "off"})
    for what, cause in (("listen", None), ("stray", "go_thread_in_wrong_namespace")):
        started = subprocess.Popen([program, what], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True)
        stack.callback(nsorphan.stop, started)
        inode = int(started.stdout.readline())
        told = json.loads(nsorphan.run(nsorphan.CTL, "explain", f"net:[{inode}]",
                                       "--json=short").stdout)
        assert causes(told) == {cause}, what


def test_no_cause_without_evidence(zoo):
    made = zoo("socket", "udp")
    told = json.loads(nsorphan.run(nsorphan.CTL, "explain", f"cookie:{made.cookie}",
                                   "--json=short").stdout)
    assert "likelyCause" not in told["holders"][0]
    assert "origin" not in told["holders"][0]


def test_many_of_one_holder(orphan, daemon):
    made = orphan("many", "40")
    many = re.findall(r"\(pid (\d+)[^)]*\) holds (\d+) of them\.\n", made.ctl("scan").stdout)
    # Three are named: others on this host may hold more.
    assert (str(made.facts["pid"]), "40") in many or \
        (len(many) == 3 and all(int(n) >= 40 for _, n in many))
    assert " of them." not in made.ctl("scan", "--all").stdout
    d = daemon("[Scan]\nInterval=1h\n")
    d.ctl("refresh")
    mine, = [entry for entry in json.loads(d.ctl("list", "--by-holder", "--json=short").stdout)["holders"]
             if entry["pid"] == made.facts["pid"]]
    assert mine["namespaces"] == 40 and mine["through"] == "socket netlink/route"
    assert mine["sinceUSec"] > 0
    row, = [words for words in map(str.split, d.ctl("list", "--by-holder").stdout.splitlines())
            if words[0] == str(made.facts["pid"])]
    assert "40" in row
    name = f"cookie:{made.facts['all'][3]}"
    assert "holds 40 orphaned namespaces" in made.ctl("explain", name).stdout


def test_enter(orphan):
    made = orphan("opened")
    inside = made.ctl("enter", made.name, "--", "readlink", "/proc/self/ns/net").stdout.strip()
    assert inside == f"net:[{made.facts['inode']}]"
    assert made.ctl("enter", f"net:[{made.facts['inode']}]", "--", "sh", "-c", "exit 3",
                    check=False).returncode == 3
    assert made.ctl("enter", made.name, "/nonexistent", check=False).returncode == 127
    assert made.ctl("enter", made.name, "/dev/null", check=False).returncode == 126
    # Without a command: a shell, which at the end of stdin ends.
    environment = {**os.environ, "SHELL": "/bin/sh"}
    done = subprocess.run([*made.prefix, nsorphan.CTL, "enter", made.name], text=True,
                          input="readlink /proc/self/ns/net\n", capture_output=True,
                          timeout=nsorphan.PATIENCE, env=environment)
    assert done.stdout.strip() == inside


def names(made):
    return made.run("sh", "-c", "ls -A /run/netns 2>/dev/null; grep -c netns /proc/self/mountinfo",
                    check=False).stdout


@pytest.mark.parametrize("name, status, sentence", [
    ("", 64, "cannot be empty"),
    (".", 64, "cannot be a name"),
    ("..", 64, "cannot be a name"),
    ("a/b", 64, "cannot be a name"),
    ("--x", 64, None),
    ("a\nb", 64, "odd characters"),
    ("x" * 256, 64, "longer than 255"),
])
def test_pin_refuses_bad_names(orphan, name, status, sentence):
    made = orphan("opened")
    before = names(made)
    done = made.ctl("pin", made.name, name, check=False)
    assert done.returncode == status
    assert sentence is None or sentence in done.stderr
    assert names(made) == before


def test_pin_refuses_what_exists_and_leaves_it(orphan):
    made = orphan("opened")
    made.run("mkdir", "/run/netns")
    made.run("touch", "/run/netns/taken")
    before = names(made)
    done = made.ctl("pin", made.name, "taken", check=False)
    assert done.returncode == 1 and "/run/netns/taken exists already" in done.stderr
    assert names(made) == before
    made.ctl("pin", made.name, "free")
    done = made.ctl("pin", made.name, "free", check=False)
    assert done.returncode == 1 and "exists already" in done.stderr
    assert made.run("ip", "netns", "exec", "free", "readlink", "/proc/self/ns/net").stdout.strip() \
        == f"net:[{made.facts['inode']}]"
    # The name keeps it without any holder; `ip netns del` lets it go.
    census = nsorphan.scan()
    assert next(n for n in census.namespaces
                if n.get("cookie") == made.facts["cookie"])["verdict"] == "pinned"
    made.run("ip", "netns", "del", "free")


def test_identity_that_has_changed(orphan):
    first = orphan("opened")
    cookie, inode = first.facts["cookie"], first.facts["inode"]
    first.stop()
    nsorphan.wait_until(lambda: is_gone(cookie), "the namespace to go")
    second = orphan("opened")
    for verb in (("enter",), ("explain",), ("graph",)):
        done = second.ctl(*verb, f"cookie:{cookie}", check=False)
        assert done.returncode == 66 and "no such network namespace" in done.stderr
    before = names(second)
    done = second.ctl("pin", f"cookie:{cookie}", "old", check=False)
    assert done.returncode == 66
    assert names(second) == before
    # Its inode number may be another namespace's now; that is not refused, but it is that one.
    if second.facts["inode"] == inode:
        assert second.explain(f"net:[{inode}]")["cookie"] == second.facts["cookie"]


def test_only_root(orphan):
    made = orphan("opened")
    user = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    before = names(made)
    for argv in (("enter", made.name, "true"), ("pin", made.name, "mine"), ("explain", made.name),
                 ("graph",)):
        done = nsorphan.run(*user, nsorphan.CTL, *argv, prefix=made.prefix, check=False)
        assert done.returncode == 77, done
        assert "root" in done.stderr
    assert names(made) == before


def test_graph(orphan):
    busy = orphan("busy")
    dot = busy.ctl("graph", busy.name).stdout
    assert dot.startswith("digraph") and dot.count("{") == dot.count("}")
    assert f"socket_{busy.facts['sockets']['tcp']} -> process_{busy.facts['pid']} " in dot
    assert "10.99.7.2/24" in dot and "veth7" in dot and "br7" in dot
    mermaid = busy.ctl("graph", busy.name, "--format=mermaid").stdout
    assert mermaid.startswith("flowchart LR\n") and "veth7" in mermaid
    graph = json.loads(busy.ctl("graph", busy.name, "--json=short").stdout)
    ids = {node["id"] for node in graph["nodes"]}
    assert len(ids) == len(graph["nodes"])
    assert all(edge["from"] in ids and edge["to"] in ids for edge in graph["edges"])
    assert {node["kind"] for node in graph["nodes"]} == \
        {"process", "socket", "namespace", "interface", "peer", "bridge", "address"}
    # From the address by the bridge and its port to the interface inside, and on to the process.
    edges = {(edge["from"], edge["to"]) for edge in graph["edges"]}
    labels = {node["label"].split("\n")[0]: node["id"] for node in graph["nodes"]}
    netns, process = labels[f"net:[{busy.facts['inode']}]"], f"process_{busy.facts['pid']}"
    chain = [labels[word] for word in ("10.99.7.2", "br7 (bridge)", "veth7", "eth0 (veth)")] + [netns]
    assert set(zip(chain, chain[1:])) <= edges
    sockets = {to for start, to in edges if start == netns}
    assert sockets and {(socket, process) for socket in sockets} <= edges
    bridge, = [node["label"] for node in graph["nodes"] if node["kind"] == "bridge"]
    assert bridge == "br7 (bridge)\n10.99.7.1/24\non this host"


def test_graph_as_a_picture(orphan):
    """As well-formed XML, with all that the others have, and the same each time."""
    busy = orphan("busy")
    picture = busy.ctl("graph", busy.name, "--format=svg").stdout
    root = xml.etree.ElementTree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for word in ("10.99.7.2", "br7 (bridge)", "10.99.7.1/24", "veth7", "eth0 (veth)", f"net:[{busy.facts['inode']}]",
                 f"pid {busy.facts['pid']}"):
        assert word in texts
    width, height = float(root.get("width")), float(root.get("height"))
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, y = float(box.get("x", "0")), float(box.get("y", "0"))
        assert x + float(box.get("width")) <= width and y + float(box.get("height")) <= height
    assert picture == busy.ctl("graph", busy.name, "--format=svg").stdout


def test_five_hundred_orphans_are_none_the_longer_for_it(orphan):
    made = orphan("many", "500")
    cookies = set(made.facts["all"])

    picture = made.ctl("graph", "--format=svg").stdout
    assert len(picture) < 200_000 and "more" in picture

    def drawn():
        graph = json.loads(made.ctl("graph", "--json=short").stdout)
        return {int(node["id"].removeprefix("netns_c")) for node in graph["nodes"]
                if node["id"].startswith("netns_c")}

    # Another test's scan, with no lock in common, may have one of them open just now.
    nsorphan.wait_until(lambda: cookies <= drawn(), "all of them to be drawn")
    made.stop()
    # cleanup_net() takes its time for so many, but nothing of ours holds them.
    nsorphan.wait_until(
        lambda: not cookies & {n.get("cookie") for n in nsorphan.scan().namespaces},
        "all of them to go")


def told_while_looking(made, started):
    """What the daemon tells of the orphan over sixty scans, while others look into it all the time."""
    follower = started.connect()
    follower.send("io.nsorphan.Scanner.Subscribe", more=True)
    looking = subprocess.Popen(
        [*made.prefix, "sh", "-c", f"while :; do {nsorphan.CTL} graph {made.name} >/dev/null || exit; done"],
        stderr=subprocess.DEVNULL)
    try:
        for _ in range(60):
            started.call("io.nsorphan.Scanner.Refresh")
        assert looking.poll() is None
    finally:
        nsorphan.stop(looking)
    kinds = []
    follower.socket.settimeout(1)
    try:
        while True:
            change = follower.receive()["parameters"]
            if change.get("namespace", {}).get("cookie") == made.facts["cookie"]:
                kinds.append((change["kind"], change.get("ending")))
    except TimeoutError:
        pass
    follower.close()
    return kinds


def test_looking_inside_never_looks_like_an_end(orphan, daemon):
    """Whoever explains an orphan is a task in it for a moment; the daemon must not take that for
    its rescue."""
    made = orphan("opened")
    made.run("mkdir", "/run/nsorphand")
    started = daemon(prefix=made.prefix)
    nsorphan.wait_until(lambda: json.loads(made.ctl(
        "show", made.name, f"--socket={started.socket}", "--json=short").stdout).get("state") == "leaked",
        "the leak to be told")
    # Scans of other tests share no lock with these and may disturb it; without the lock, hardly ten of
    # sixty scans in a row stay clean.
    for _ in range(3):
        kinds = told_while_looking(made, started)
        if kinds == [("present", None)]:
            break
    assert kinds == [("present", None)]


def test_the_daemon_looks_inside(orphan, daemon):
    busy = orphan("busy")
    started = daemon(prefix=busy.prefix)
    cookie = busy.facts["cookie"]
    nsorphan.wait_until(lambda: busy.ctl("show", busy.name, f"--socket={started.socket}",
                                         check=False).returncode == 0, "the first scan")
    told = started.call("io.nsorphan.Scanner.Inspect", {"cookie": cookie})
    assert told["namespace"]["cookie"] == cookie
    mine = busy.explain()
    inspection = told["inspection"]
    for key in ("interfaces", "defaultRoutes", "socketCounts", "listening"):
        assert inspection[key] == mine[key]
    assert {h["socketInode"] for h in inspection["holders"]} == set(busy.facts["sockets"].values())
    # Nothing that may hang.
    assert all("commandLine" not in process for process in inspection["processes"])

    # From the veth on the host, as root, to the daemon's view of the orphan.
    text = busy.ctl("show", "veth7", f"--socket={started.socket}").stdout
    assert "eth0 (veth) 10.99.7.2/24 fd00:99::7/64" in text
    assert "its other end is veth7 on this host, on br7" in text
    assert "tcp 10.99.7.2:8087" in text

    with pytest.raises(AssertionError, match="NoSuchNamespace"):
        started.call("io.nsorphan.Scanner.Inspect", {"cookie": 1 << 60})
    with pytest.raises(AssertionError, match="InvalidParameter"):
        started.call("io.nsorphan.Scanner.Inspect", {})


def test_many_inspections_leave_nothing_open(orphan, daemon):
    made = orphan("opened")
    started = daemon(prefix=made.prefix)
    parameters = {"cookie": made.facts["cookie"]}
    nsorphan.wait_until(lambda: made.ctl("show", made.name, f"--socket={started.socket}",
                                         check=False).returncode == 0, "the first scan")
    pid = next(pid for pid in os.listdir("/proc") if pid.isdigit() and
               b"--config=" + bytes(started.config) in
               nsorphan.pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
               and nsorphan.pathlib.Path(f"/proc/{pid}/comm").read_text() == "nsorphand\n")

    def files():
        return len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))

    started.call("io.nsorphan.Scanner.Inspect", parameters)
    before = files()
    for _ in range(200):
        started.call("io.nsorphan.Scanner.Inspect", parameters)
    nsorphan.wait_until(lambda: files() <= before, "fds and threads to be as before")
    # More at a time than are served: each gets an answer, and those that cannot be served an error.
    connections = [started.connect() for _ in range(20)]
    for connection in connections:
        connection.send("io.nsorphan.Scanner.Inspect", parameters)
    answers = [connection.receive() for connection in connections]
    assert all("inspection" in a.get("parameters", {}) or
               a.get("error") == "io.nsorphan.Scanner.TooManyInspections" for a in answers)
    # A caller that does not wait.
    for connection in connections:
        connection.send("io.nsorphan.Scanner.Inspect", parameters)
        connection.close()

    def served():
        with contextlib.closing(started.connect()) as connection:
            connection.send("io.nsorphan.Scanner.Inspect", parameters)
            return "inspection" in connection.receive()["parameters"]

    nsorphan.wait_until(served, "an inspection after those nobody waits for")
    cookie = made.facts["cookie"]
    made.stop()
    nsorphan.wait_until(lambda: is_gone(cookie), "the namespace to go")


def test_the_alert_says_what_lives_inside(orphan, daemon, journal):
    busy = orphan("busy")
    started = daemon("[Alert]\nGraceSec=2s\n", prefix=journal.prefix)
    cookie = busy.facts["cookie"]

    def alert():
        return [e for e in journal.entries(f"NETNS_COOKIE={cookie}") if e["NETNS_CHANGE"] == "leaked"]

    entry = nsorphan.wait_until(alert, "the alert")[0]
    assert entry["NETNS_INTERFACES"] == "eth0 inner7"
    assert entry["NETNS_ADDRESSES"] == "10.99.7.2/24 fd00:99::7/64"
    assert "; inside: eth0 inner7 with 10.99.7.2/24 fd00:99::7/64" in entry["MESSAGE"]
    # Kept over a restart.
    started.stop()
    assert "10.99.7.2/24" in (started.state / "ledger.json").read_text()


def test_an_orphan_without_a_number(zoo):
    """One that is proved only by a file whose namespace no system call tells, and no BPF program."""
    made = zoo("proc-net-file")

    def ctl(*argv, **options):
        return nsorphan.run(nsorphan.CTL, *argv, preexec_fn=seccomp.deny(seccomp.BPF), **options)

    for name in (f"nameless:{made.pid}/{made.socketInode}", f"net:[?{made.pid}/{made.socketInode}]"):
        told = json.loads(ctl("explain", name, "--json=short").stdout)
        assert told["verdict"] == "orphaned" and "inode" not in told
        assert [h["pid"] for h in told["holders"]] == [made.pid]
        assert "no system call leads from there to it" in told["insideError"]
        assert ctl("enter", name, "true", check=False).returncode == 1
        assert ctl("pin", name, "x", check=False).returncode == 1
    text = ctl("explain", name).stdout
    assert f"kill {made.pid}\n" in text and "nsorphanctl enter" not in text
    assert ctl("explain", "nameless:1/1", check=False).returncode == 66
    assert ctl("explain", "nameless:x", check=False).returncode == 64


def test_a_name_by_its_holder_is_found_by_either_source(zoo):
    """An alert has it from a walk over /proc; the kernel, asked by BPF, knows the number."""
    made = zoo("proc-net-file")
    name = f"nameless:{made.pid}/{made.socketInode}"
    told = json.loads(nsorphan.run(nsorphan.CTL, "explain", name, "--json=short").stdout)
    assert told["verdict"] == "orphaned"
    assert told.get("inode", made.inode) == made.inode
    assert [h["pid"] for h in told["holders"]] == [made.pid]


HOLDER_OF_TWO_KINDS = """
import ctypes, os, signal, socket
libc = ctypes.CDLL(None, use_errno=True)
home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
assert libc.unshare(0x40000000) == 0
namespace = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
held = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
assert libc.setns(home, 0x40000000) == 0
child = os.fork()
if child == 0:
    libc.prctl(1, 9)
    signal.pause()
print(os.fstat(namespace).st_ino, os.getpid(), child, flush=True)
signal.pause()
"""


def test_each_process_is_printed_once(spawn):
    """With all that it holds, also of several kinds."""
    process = spawn([sys.executable, "-c", HOLDER_OF_TWO_KINDS], stdout=nsorphan.subprocess.PIPE,
                    text=True)
    inode, *pids = process.stdout.readline().split()
    text = nsorphan.run(nsorphan.CTL, "explain", inode).stdout
    holders = text[text.index("Who holds it"):text.index("What lives inside")]
    for pid in pids:
        assert len(re.findall(rf"^  \S+ \(pid {pid}\),", holders, re.MULTILINE)) == 1
    assert len(re.findall(r"^    Through fd ", holders, re.MULTILINE)) == 4
