# SPDX-License-Identifier: LGPL-2.1-or-later
"""sandbox.py HOW COMMAND…: runs it without the one or other way to a namespace.

  none        with all of them
  no-handle   by no handle of its own, as before Linux 6.18
  enosys      nor by openat2(2), as systemd's RestrictSUIDSGID= has it
  eperm       likewise, as others have it
"""
import errno
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import seccomp  # noqa: E402

no_handle = seccomp.deny(seccomp.OPEN_BY_HANDLE_AT)
FILTERS = {
    "none": [],
    "no-handle": [no_handle],
    "enosys": [no_handle, seccomp.deny(seccomp.OPENAT2, errno.ENOSYS)],
    "eperm": [no_handle, seccomp.deny(seccomp.OPENAT2)],
}

for install in FILTERS[sys.argv[1]]:
    install()
os.execvp(sys.argv[2], sys.argv[2:])
