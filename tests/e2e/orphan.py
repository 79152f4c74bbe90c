# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes orphans that have something inside, and keeps them until its stdin ends.

Run as a program. It lives in network and mount namespaces of its own (with a /run of its own), which
play the host: what looks at the orphan runs there too, so that no test touches the real host's
interfaces. In one line of JSON it tells what it made.
"""
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys

CLONE_NEWNET = 0x40000000
CLONE_NEWNS = 0x00020000
SO_NETNS_COOKIE = 71
MS_REC, MS_PRIVATE = 16384, 1 << 18

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result


def run(*argv):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)


def become_host():
    check(libc.unshare(CLONE_NEWNET | CLONE_NEWNS), "unshare")
    check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "mount")
    check(libc.mount(b"tmpfs", b"/run", b"tmpfs", 0, None), "mount /run")
    run("ip", "link", "set", "lo", "up")


class Inside:
    """A fresh namespace, entered; on leaving, what was opened inside keeps it."""

    def __enter__(self):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        check(libc.unshare(CLONE_NEWNET), "unshare")
        probe = socket.socket(socket.AF_UNIX)
        self.facts = {
            "inode": os.stat("/proc/thread-self/ns/net").st_ino,
            "cookie": struct.unpack("Q", probe.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8))[0],
        }
        probe.close()
        return self.facts

    def __exit__(self, *exception):
        check(libc.setns(self.home, CLONE_NEWNET), "setns")
        os.close(self.home)


def netlink():
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    s.bind((0, 0))
    return s


def busy(anchor):
    """An orphan with a veth on a bridge of its host, addresses, a route, and sockets of many kinds."""
    run("ip", "link", "add", "br7", "type", "bridge")
    run("ip", "link", "set", "br7", "up")
    run("ip", "addr", "add", "10.99.7.1/24", "dev", "br7")
    kept = []
    with Inside() as facts:
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "eth0", "mtu", "1400", "type", "veth",
            "peer", "name", "veth7", "netns", str(anchor))
        run("ip", "link", "set", "eth0", "up")
        run("ip", "addr", "add", "10.99.7.2/24", "dev", "eth0")
        run("ip", "addr", "add", "fd00:99::7/64", "dev", "eth0", "nodad")
        run("ip", "route", "add", "default", "via", "10.99.7.1")
        run("ip", "link", "add", "inner7", "type", "bridge")
        tcp = socket.socket(socket.AF_INET)
        tcp.bind(("10.99.7.2", 8087))
        tcp.listen(5)
        client = socket.create_connection(("10.99.7.2", 8087))
        server, _ = tcp.accept()
        client.send(b"four")
        udp6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        udp6.bind(("::", 5377))
        abstract = socket.socket(socket.AF_UNIX)
        abstract.bind("\0busy\x1b[31m")
        abstract.listen(1)
        packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        kept = [tcp, client, server, udp6, abstract, packet, netlink()]
    run("ip", "link", "set", "veth7", "master", "br7", "up")
    facts["sockets"] = {name: os.fstat(s.fileno()).st_ino for name, s in zip(
        ("tcp", "client", "server", "udp6", "abstract", "packet", "netlink"), kept)}
    return facts, kept


def inherited(anchor):
    """A netlink socket that a child got over an execve."""
    with Inside() as facts:
        s = netlink()
    child = subprocess.Popen(["sleep", "infinity"], pass_fds=[s.fileno()],
                             preexec_fn=lambda: libc.prctl(1, 9))
    facts["child"] = child.pid
    return facts, [s, child]


def opened(anchor):
    with Inside() as facts:
        s = netlink()
    return facts, [s]


def listening(anchor):
    with Inside() as facts:
        run("ip", "link", "set", "lo", "up")
        s = socket.create_server(("127.0.0.1", 8080), backlog=128)
    return facts, [s]


def handles(anchor):
    """Two netlink handles of a kind: the second one's port id is not the pid."""
    with Inside() as facts:
        kept = [netlink(), netlink()]
    return facts, kept


def close_wait(anchor):
    """A proxy that has not closed connections which their clients have."""
    with Inside() as facts:
        run("ip", "link", "set", "lo", "up")
        listener = socket.create_server(("127.0.0.1", 15008))
        kept = []
        for _ in range(20):
            client = socket.create_connection(("127.0.0.1", 15008))
            kept.append(listener.accept()[0])
            client.close()
    return facts, kept


def capture(anchor):
    """A packet socket, its ring mapped, as libpcap has it."""
    mmap = libc.mmap
    mmap.restype, mmap.argtypes = ctypes.c_long, [ctypes.c_void_p, ctypes.c_size_t] + \
        [ctypes.c_int] * 3 + [ctypes.c_long]
    with Inside() as facts:
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.setsockopt(263, 5, struct.pack("IIII", 4096 * 4, 4, 2048, 32))  # PACKET_RX_RING
        check(mmap(None, 4096 * 16, 3, 1, s.fileno(), 0), "mmap")
    return facts, [s]


def start_twice_removed(s, stdin):
    """The pid of a grandchild that has @s and no parent of ours; it ends with its stdin."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        child = os.fork()
        if child == 0:
            os.dup2(stdin, 0)
            s.set_inheritable(True)
            os.execvp("cat", ["cat"])
        os.write(writer, str(child).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    return int(os.read(reader, 20))


def double_fork(anchor, opener):
    """A netlink socket that a daemon got from the one that started it, which "lives" or has "ended"."""
    check(libc.prctl(15, b"the-opener"), "prctl")  # PR_SET_NAME
    stdin, alive = os.pipe()
    reader, writer = os.pipe()
    pid = os.fork() if opener == "ended" else 0
    if pid == 0:
        with Inside() as facts:
            s = netlink()
        facts.update(opener=os.getpid(), child=start_twice_removed(s, stdin))
        s.close()
        os.write(writer, json.dumps(facts).encode())
        if opener == "ended":
            os._exit(0)
    else:
        os.waitpid(pid, 0)
    return json.loads(os.read(reader, 4096)), [alive]


def bound_client(anchor, server):
    """A connection whose client has bound a name first, to a server that "lives" or has "ended"."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("/run/bus")
    listener.listen()
    pid = os.fork()
    if pid == 0:
        check(libc.prctl(1, 9), "prctl")
        accepted = listener.accept()[0]
        accepted.send(b"x")
        if server == "lives":
            accepted.recv(1)
        os._exit(0)
    listener.close()
    with Inside() as facts:
        s = socket.socket(socket.AF_UNIX)
        s.bind("\0bus/my-agentd/system")
        s.connect("/run/bus")
    s.recv(1)
    if server == "ended":
        os.waitpid(pid, 0)
    return {**facts, "server": pid}, [s]


def many(anchor, count):
    """That many orphans, each with one socket."""
    facts, kept = {"all": []}, []
    for _ in range(int(count)):
        with Inside() as one:
            kept.append(netlink())
        facts["all"].append(one["cookie"])
    return facts, kept


def main():
    check(libc.prctl(1, 9), "prctl")  # PR_SET_PDEATHSIG, SIGKILL
    become_host()
    # `ip` takes a process for the namespace it is in: this one stays on the "host".
    anchor = subprocess.Popen(["sleep", "infinity"], preexec_fn=lambda: libc.prctl(1, 9))
    facts, kept = globals()[sys.argv[1].replace("-", "_")](anchor.pid, *sys.argv[2:])
    facts["pid"] = os.getpid()
    facts["host"] = anchor.pid
    print(json.dumps(facts), flush=True)
    sys.stdin.read()
    anchor.kill()
    for thing in kept:
        if isinstance(thing, subprocess.Popen):
            thing.kill()


if __name__ == "__main__":
    main()
