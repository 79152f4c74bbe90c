# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the stories told in emulated machines have in common."""
import os
import pathlib
import shutil
import subprocess

import pytest

LAB = pathlib.Path(__file__).resolve().parent


def build_creator(folder):
    """The program that this project began with."""
    if not shutil.which("go"):
        pytest.skip("takes Go's compiler (golang-go)")
    subprocess.run(["go", "build", "-o", folder / "creator", LAB / "creator.go"], check=True,
                   env={**os.environ, "GOCACHE": str(folder / "cache"), "GO111MODULE": "off", "CGO_ENABLED": "0"})
    return folder / "creator"


def parts_of(text):
    """{part: its lines} of a story that came to its end."""
    parts = {}
    for line in text.splitlines():
        if line.startswith("@begin "):
            lines = parts.setdefault(line.removeprefix("@begin "), [])
        else:
            lines.append(line)
    assert "end" in parts
    return parts
