# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is at addresses of a process: tests/e2e/frames.c, which asks as the tracer of sockets does."""
import collections
import os
import pathlib
import subprocess

import nsorphan

TOOL = nsorphan.BUILD / "tests/e2e/frames"
SYMBOLIZE = nsorphan.BUILD / "src/symbolize/nsorphan-symbolize"

Frame = collections.namedtuple("Frame", "function file offset build_id")


def have_symbols():
    return SYMBOLIZE.exists()


def ask(pid, *addresses, prefix=(), program=SYMBOLIZE):
    """[Frame] of the addresses, the first of which is exact and the others are returned to; how many
    seconds it took."""
    told = subprocess.run([*prefix, TOOL, str(pid), *(f"{a:x}" for a in addresses)], check=True,
                          capture_output=True, text=True, timeout=nsorphan.PATIENCE,
                          env={**os.environ, "NSORPHAN_SYMBOLIZE": str(program)}).stdout
    *frames, took = told.splitlines()
    words = [line.split("\t") for line in frames]
    found = [Frame(None if function == "-" else function, None if file == "-" else file,
                   int(offset, 16), build_id) for function, file, offset, build_id in words]
    return found, float(took) / 1000


def left_behind():
    """The pids of children that were not ended."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text() == "nsorphan-symbol\n":
                found.append(int(process.name))
        except OSError:
            continue
    return found
