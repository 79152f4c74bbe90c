# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looking into a queue leaves it as it was: every byte, every file, every credential."""
import array
import os
import socket
import struct

import pytest

from nsorphan import scan

SO_PEEK_OFF = 42
KINDS = {"stream": socket.SOCK_STREAM, "seqpacket": socket.SOCK_SEQPACKET,
         "dgram": socket.SOCK_DGRAM}
CREDENTIALS = struct.Struct("iII")


@pytest.fixture(params=sorted(KINDS))
def queue(request):
    """(sender, receiver); the receiver wants credentials, too."""
    sender, receiver = socket.socketpair(socket.AF_UNIX, KINDS[request.param])
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    receiver.setblocking(False)
    with sender, receiver:
        yield sender, receiver


def send(sender, data, fds=(), pid=None):
    ancillary = []
    if fds:
        ancillary.append((socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds)))
    if pid:
        ancillary.append((socket.SOL_SOCKET, socket.SCM_CREDENTIALS,
                          CREDENTIALS.pack(pid, os.getuid(), os.getgid())))
    assert sender.sendmsg([data], ancillary) == len(data)


def receive(receiver, size=4096):
    """(bytes, inodes of the files, credentials)"""
    data, ancillary, flags, _ = receiver.recvmsg(size, 4096)
    assert not flags & (socket.MSG_CTRUNC | socket.MSG_TRUNC)
    inodes, credentials = [], None
    for _, kind, content in ancillary:
        if kind == socket.SCM_RIGHTS:
            fds = array.array("i")
            fds.frombytes(content)
            inodes += [os.fstat(fd).st_ino for fd in fds]
            for fd in fds:
                os.close(fd)
        elif kind == socket.SCM_CREDENTIALS:
            credentials = CREDENTIALS.unpack(content)
    return data, inodes, credentials


def assert_empty(receiver):
    with pytest.raises(BlockingIOError):
        receiver.recv(1)


def test_receiver_gets_everything(queue):
    sender, receiver = queue
    files = [socket.socket(socket.AF_UNIX) for _ in range(3)]
    inodes = [os.fstat(f.fileno()).st_ino for f in files]
    other = os.getppid()  # root may say that it is somebody else
    send(sender, b"plain", pid=other)
    send(sender, b"one file", [files[0].fileno()])
    send(sender, b"x" * 3000, [files[1].fileno(), files[2].fileno()], pid=other)
    send(sender, b"last")
    for file in files:
        file.close()

    for _ in range(3):
        scan()

    me, them = (os.getpid(), os.getuid(), os.getgid()), (other, os.getuid(), os.getgid())
    assert receive(receiver) == (b"plain", [], them)
    assert receive(receiver) == (b"one file", inodes[:1], me)
    assert receive(receiver) == (b"x" * 3000, inodes[1:], them)
    assert receive(receiver) == (b"last", [], me)
    assert_empty(receiver)


def test_long_queue_stays_in_order(queue):
    """As many messages as fit, a file with each: some of them past any limit of the scan."""
    sender, receiver = queue
    sender.setblocking(False)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    file = socket.socket(socket.AF_UNIX)
    n = 0
    try:
        while n < 400:
            send(sender, b"%d" % n, [file.fileno()])
            n += 1
    except OSError:
        pass  # the queue of a datagram socket is short
    assert n >= 10

    scan()

    inode = os.fstat(file.fileno()).st_ino
    file.close()
    for i in range(n):
        assert receive(receiver)[:2] == (b"%d" % i, [inode])
    assert_empty(receiver)


@pytest.mark.parametrize("offset", [0, 3])
def test_peek_offset_stays(queue, offset):
    """Where a peek would move the offset of the next, the scan does not peek."""
    sender, receiver = queue
    file = socket.socket(socket.AF_UNIX)
    send(sender, b"abcdefgh", [file.fileno()])
    receiver.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, offset)

    for _ in range(2):
        scan()

    assert receiver.getsockopt(socket.SOL_SOCKET, SO_PEEK_OFF) == offset
    assert receiver.recv(2, socket.MSG_PEEK) == b"abcdefgh"[offset:offset + 2]
    receiver.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, -1)
    assert receive(receiver)[:2] == (b"abcdefgh", [os.fstat(file.fileno()).st_ino])
    file.close()


def test_options_of_the_queue_stay(queue):
    """The scan's duplicate shares the file's flags and the socket's options with its owner."""
    sender, receiver = queue
    names = [socket.SO_PASSCRED, socket.SO_RCVTIMEO, socket.SO_RCVLOWAT, socket.SO_RCVBUF,
             SO_PEEK_OFF, socket.SO_ERROR]
    send(sender, b"x", [0])

    def options():
        return [receiver.getsockopt(socket.SOL_SOCKET, name, 16) for name in names] + \
            [receiver.get_inheritable(), receiver.getblocking()]

    before = options()
    scan()
    assert options() == before


def test_file_in_flight_ends_with_its_queue(queue):
    """No copy of ours keeps it: the far end of a pipe sees its end as soon as the queue goes."""
    sender, receiver = queue
    read_end, write_end = os.pipe()
    send(sender, b"x", [write_end])
    os.close(write_end)
    os.set_blocking(read_end, False)
    scan()
    with pytest.raises(BlockingIOError):
        os.read(read_end, 1)
    receive(receiver)
    assert os.read(read_end, 1) == b""
    os.close(read_end)
