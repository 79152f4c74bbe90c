#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bad neighbour at the daemon's socket, in a process of its own.

    attack_varlink.py SOCKET UID GROUP MODE N

Becomes UID with GROUP as its one group, opens N connections, and with each of them:

    hold       does nothing
    pipeline   sends calls without end, hundreds at once, and reads what comes
    deaf       sends calls without end and never reads
    half       sends a call of nearly the largest size there may be, but for its end
    leave      sends hundreds of calls and goes, and comes again
    inspect    inspects the first namespace, again and again

Says {"connected": n} when all are connected, and ends with its stdin.
"""
import contextlib
import json
import os
import resource
import select
import socket
import sys

STATUS = b'{"method":"io.nsorphan.Scanner.GetStatus"}\0'
INSPECT = b'{"method":"io.nsorphan.Scanner.Inspect","parameters":{"inode":%d}}\0'
HALF = b'{"method":"' + b"a" * 1000000


def connect(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.connect(path)
    return s


def is_over():
    return bool(select.select([sys.stdin], [], [], 0)[0])


def push(s, data):
    """What the socket takes; whether the connection lives."""
    try:
        s.send(data)
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True


def pull(s):
    try:
        return bool(s.recv(1 << 16))
    except BlockingIOError:
        return True
    except OSError:
        return False


def work(connections, path, mode):
    call = INSPECT % os.stat("/proc/self/ns/net").st_ino if mode == "inspect" else STATUS
    sent = {s: 0 for s in connections}
    while not is_over():
        for n, s in enumerate(connections):
            alive = True
            if mode in ("pipeline", "inspect"):
                alive = push(s, call * (200 if mode == "pipeline" else 1)) and pull(s)
            elif mode == "deaf":
                alive = push(s, call * 200)
            elif mode == "half" and sent[s] < len(HALF):
                alive = push(s, HALF[:65536])
                sent[s] += 65536
            elif mode == "leave":
                push(s, call * 200)
                alive = False
            if not alive:
                s.close()
                with contextlib.suppress(OSError):
                    connections[n] = connect(path)
                    connections[n].setblocking(False)
                    sent[connections[n]] = 0
        if mode in ("hold", "half"):
            select.select([sys.stdin], [], [], 0.01)


def main(path, uid, group, mode, n):
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
    os.setgroups([group])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    connections = []
    for _ in range(n):
        try:
            connections.append(connect(path))
        except OSError:
            break
    print(json.dumps({"connected": len(connections)}), flush=True)
    for s in connections:
        s.setblocking(False)
    work(connections, path, mode)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
