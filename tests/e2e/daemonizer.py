#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ends, and leaves a daemon behind that keeps a zoo program at work: daemonizer.py FD SECONDS PROGRAM [ARGUMENT…].

What the program tells goes to stdout. The daemon ends when the other end of FD is closed, or after SECONDS
(0: only then). It has no parent but who takes it in, a session of its own, and no fd of its starter's but FD.
"""
import os
import select
import subprocess
import sys


def daemon(fd, seconds, argv, told):
    zoo = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    os.write(told, zoo.stdout.readline() or b"\n")
    os.close(told)
    null = os.open("/dev/null", os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    select.select([fd], [], [], seconds or None)
    zoo.kill()
    zoo.wait()


def main():
    fd, seconds, argv = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    heard, told = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            daemon(fd, seconds, argv, told)
        os._exit(0)
    os.close(told)
    os.wait()
    with os.fdopen(heard) as facts:
        sys.stdout.write(facts.readline())


if __name__ == "__main__":
    main()
