# SPDX-License-Identifier: LGPL-2.1-or-later
"""A crowd of Varlink clients, in a process of its own; for test_varlink_load.py.

    varlink_crowd.py SOCKET IDLE READERS DEAF

IDLE connections that never say a word, READERS subscribers that read what they get, DEAF ones that
never do, a client that sends one byte a second, one after the other that dies in the middle of a
message or sends the largest one there may be, full of the smallest values; and one that asks for a
scan as soon as the last has finished. Says "ready" when all are connected, ends with its stdin, and
then says how many replies the readers got and how many scans there were.
"""
import json
import resource
import selectors
import socket
import sys
import time

SUBSCRIBE = b'{"method":"io.nsorphan.Scanner.Subscribe","more":true}\0'
REFRESH = b'{"method":"io.nsorphan.Scanner.Refresh"}\0'
LARGE = b'{"method":"a.b.C","parameters":{"a":[' + b"[]," * 349500 + b"[]]}}\0"  # nearly 1 MiB
CALL = b'{"method":"io.nsorphan.Scanner.GetStatus"}\0'


def main(path, idle, readers, deaf):
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))

    def connect():
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.connect(path)
        return s

    selector = selectors.DefaultSelector()
    keep = [connect() for _ in range(idle)]
    for n in range(readers + deaf):
        s = connect()
        s.sendall(SUBSCRIBE)
        keep.append(s)
        if n < readers:
            s.setblocking(False)
            selector.register(s, selectors.EVENT_READ, "reader")
    refreshing, scans = connect(), 0
    refreshing.sendall(REFRESH)
    selector.register(refreshing, selectors.EVENT_READ, "refreshing")
    selector.register(sys.stdin, selectors.EVENT_READ, "end")
    slow, sent, synchronized, replies = connect(), 0, 0, 0
    told, tick, large, end = False, time.monotonic(), 0, None
    while not end or time.monotonic() < end:
        for key, _ in selector.select(0.05):
            if key.data == "end":
                # What is on its way still comes.
                end = time.monotonic() + 0.5
                selector.unregister(sys.stdin)
                continue
            data = key.fileobj.recv(65536)
            if not data:
                raise SystemExit("a client that reads was cut off")
            if key.data == "refreshing":
                if data.endswith(b"\0"):
                    scans += 1
                    refreshing.sendall(REFRESH)
                continue
            replies += data.count(b"\0")
            synchronized += data.count(b'"synchronized"')
        if synchronized == readers and not told:
            told = True
            print("ready", flush=True)
        if time.monotonic() >= tick:
            tick += 1
            try:
                sent += slow.send(CALL[sent % len(CALL):][:1])
            except BrokenPipeError:
                # Half a minute is over: it was cut off, and begins again.
                slow.close()
                slow, sent = connect(), 0
        if time.monotonic() >= large:
            large = time.monotonic() + 0.02
            rude = connect()
            rude.sendall(LARGE)
            rude.close()
        dying = connect()
        dying.sendall(CALL[:20])
        dying.close()
    print(json.dumps({"replies": replies, "scans": scans}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
