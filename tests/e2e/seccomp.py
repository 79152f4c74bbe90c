# SPDX-License-Identifier: LGPL-2.1-or-later
"""A seccomp filter that lets one system call fail, as a container engine's would."""
import ctypes
import errno
import os
import struct

# The same on every architecture, but where an old table has a number of its own.
PIDFD_GETFD = 438
OPENAT2 = 437
LISTMOUNT = 458
OPEN_BY_HANDLE_AT = 304 if os.uname().machine == "x86_64" else 265
BPF = 321 if os.uname().machine == "x86_64" else 280

PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ALLOW = 0x7FFF0000
SECCOMP_RET_ERRNO = 0x00050000

LOAD_WORD = 0x20        # BPF_LD | BPF_W | BPF_ABS; offset 0 of struct seccomp_data is the number
JUMP_IF_EQUAL = 0x15    # BPF_JMP | BPF_JEQ | BPF_K
RETURN = 0x06           # BPF_RET | BPF_K

libc = ctypes.CDLL(None, use_errno=True)


class Program(ctypes.Structure):
    """struct sock_fprog"""
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def deny(number, error=errno.EPERM):
    """A preexec_fn: from here on that system call fails with @error."""
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in (
        (LOAD_WORD, 0, 0, 0),
        (JUMP_IF_EQUAL, 0, 1, number),
        (RETURN, 0, 0, SECCOMP_RET_ERRNO | error),
        (RETURN, 0, 0, SECCOMP_RET_ALLOW),
    ))
    program = Program(len(code) // 8, code)

    def install():
        for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
                          (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)):
            if libc.prctl(*arguments) < 0:
                raise OSError(ctypes.get_errno(), "prctl")
    return install
