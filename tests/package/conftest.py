# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tests of packages, and of what others run, use the systems of the lab and the end-to-end tests' daemons."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS / "lab"), str(TESTS / "package")]

from fixtures import daemon, journal, spawn, stack, zoo  # noqa: E402,F401
