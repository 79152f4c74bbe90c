# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other people's schemas, out of the npm registry."""
import pathlib
import shutil

import pytest

from nsorphan import run
from source import CACHE


def npm_packages(name, *packages):
    """Packages kept in the lab's cache as @name: where node finds them (NODE_PATH)."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = CACHE / name
    if not folder.is_dir():
        made = run("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", f"{folder}.new",
                   *packages, check=False, timeout=300)
        if made.returncode != 0:
            pytest.skip(f"npm cannot get {' '.join(packages)}: {made.stderr.strip()[-200:]}")
        pathlib.Path(f"{folder}.new").rename(folder)
    return folder / "node_modules"
