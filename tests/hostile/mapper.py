# SPDX-License-Identifier: LGPL-2.1-or-later
"""mapper.py: maps each file that a line on stdin names as code, and prints the address."""
import ctypes
import os
import sys

PROT_READ, PROT_EXEC, MAP_PRIVATE = 1, 4, 2

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int,
                      ctypes.c_long]

print("ready", flush=True)
for line in sys.stdin:
    file = os.open(line.rstrip("\n"), os.O_RDONLY | os.O_NONBLOCK)
    address = libc.mmap(None, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0)
    os.close(file)
    print(f"{address:x}" if address != 2 ** 64 - 1 else "-", flush=True)
