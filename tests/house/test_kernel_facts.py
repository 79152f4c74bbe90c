# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each line of docs/kernel-facts.md names a test, and that test exists."""
import pathlib
import re

REPO = pathlib.Path(__file__).resolve().parents[2]
TEST = re.compile(r"`(tests/[\w/.-]+)::(test_\w+)`")


def rows():
    lines = (REPO / "docs/kernel-facts.md").read_text().splitlines()
    return [line for line in lines if line.startswith("| ") and not re.match(r"\| (fact|---)", line)]


def defines(path, name):
    text = (REPO / path).read_text()
    if path.endswith(".py"):
        return re.search(rf"^def {name}\(", text, re.MULTILINE)
    # A function that the file's own list runs.
    return re.search(rf"^static void {name}\(", text, re.MULTILINE) and \
        re.search(rf"cmocka_unit_test\w*\({name}\b", text)


def test_each_fact_names_a_test():
    assert len(rows()) > 25
    assert [row for row in rows() if not TEST.search(row)] == []


def test_the_named_tests_exist():
    named = {match for row in rows() for match in TEST.findall(row)}
    assert [f"{path}::{name}" for path, name in sorted(named)
            if not (REPO / path).is_file() or not defines(path, name)] == []
