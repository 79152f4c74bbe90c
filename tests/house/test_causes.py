# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every cause that explain can name has its section in docs/causes.md, in the same order."""
import pathlib
import re

REPO = pathlib.Path(__file__).resolve().parents[2]


def test_every_cause_is_documented():
    source = (REPO / "src/inspect/cause.c").read_text()
    table = source[source.index("const struct cause causes[]"):]
    names = re.findall(r'^\s*\{"([a-z_]+)",', table, re.MULTILINE)
    sections = re.findall(r"^## (.*)$", (REPO / "docs/causes.md").read_text(), re.MULTILINE)
    assert len(names) > 5 and names == sections
