# SPDX-License-Identifier: LGPL-2.1-or-later
"""A process with a TCP socket whose last close() waits: lingerer.py SECONDS, in a network namespace
of its own.

Nobody reads what it has sent, so that much of it stays unsent, and SO_LINGER makes the last close()
wait so long for it. Prints the inode number of the socket; closes it when a line comes on stdin,
and prints how many seconds that took.
"""
import os
import socket
import struct
import subprocess
import sys
import time

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
listener = socket.create_server(("127.0.0.1", 0))
sender = socket.create_connection(listener.getsockname())
receiver, _ = listener.accept()
sender.setblocking(False)
try:
    while True:
        sender.send(bytes(65536))
except BlockingIOError:
    pass
sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, int(sys.argv[1])))
print(os.fstat(sender.fileno()).st_ino, flush=True)
sys.stdin.readline()
start = time.monotonic()
sender.close()
print(time.monotonic() - start, flush=True)
sys.stdin.readline()
