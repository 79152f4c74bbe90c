#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long it takes to name the functions of a stack: tests/bench/bench_frames.py FILE…

Maps the code of each executable without running it, takes 16 addresses all over it, and says how many got a name,
and the median and the worst of 21 times (tests/e2e/frames.c; $NSORPHAN_BUILD is the build).
"""
import ctypes
import os
import pathlib
import statistics
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import frames  # noqa: E402

N_FRAMES, N_TIMES = 16, 21

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]


def code(content):
    """The offset and size of the segment with code, of a 64-bit ELF file."""
    start, = struct.unpack_from("<Q", content, 32)
    size, n = struct.unpack_from("<HH", content, 54)
    for at in range(start, start + n * size, size):
        kind, flags, offset, _, _, length = struct.unpack_from("<IIQQQQ", content, at)
        if kind == 1 and flags & 1:
            return offset, length
    raise SystemExit("no code")


def main(files):
    print(f"{'file':44} {'MiB':>6} {'named':>6} {'median':>9} {'worst':>9}")
    for file in files:
        content = pathlib.Path(file).read_bytes()
        offset, size = code(content)
        begin = offset & ~4095
        fd = os.open(file, os.O_RDONLY)
        address = libc.mmap(None, size + offset - begin, 5, 2, fd, begin)  # PROT_READ | PROT_EXEC, MAP_PRIVATE
        os.close(fd)
        # A program begins and ends with code that has no names.
        addresses = [address + size * (i + 2) // (N_FRAMES + 4) for i in range(N_FRAMES)]
        asked = [frames.ask(os.getpid(), *addresses) for _ in range(N_TIMES)]
        took = sorted(seconds * 1000 for _, seconds in asked)
        named = sum(f.function is not None for f in asked[0][0])
        print(f"{file:44} {len(content) / 2 ** 20:6.1f} {named:6} {statistics.median(took):6.1f} ms {took[-1]:6.1f} ms")


main(sys.argv[1:])
