# SPDX-License-Identifier: LGPL-2.1-or-later
"""One list of message ids: src/report/message-ids.h. Catalog and documentation say the same."""
import pathlib
import re
import subprocess

import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
CATALOG = REPO / "catalog/nsorphan.catalog"


def known():
    """{id: (name of the change or "", priority, subject)} of the header."""
    header = (REPO / "src/report/message-ids.h").read_text().replace("\\\n", "")
    ids = {
        match[2]: (match[0].lower(), match[1].lower(), match[3])
        for match in re.findall(r'X\((\w+), (\w+), "([0-9a-f]{32})",\s*"([^"]+)"\)', header)
    }
    marker = re.search(r'MESSAGE_ID_INTERRUPTED\s+"([0-9a-f]{32})"', header)[1]
    subject = re.search(r'MESSAGE_ID_INTERRUPTED_SUBJECT\s+"([^"]+)"', header)[1]
    ids[marker] = ("", "info", subject)
    return ids


def test_every_journalled_change_has_an_id():
    header = (REPO / "src/ledger/change.h").read_text()
    journalled = re.findall(r'X\(\w+, "([a-z_]+)", \w+, true\)', header)
    assert len(journalled) >= 10
    assert sorted(journalled) == sorted(name for name, _, _ in known().values() if name)


def test_catalog_has_the_same_ids_and_subjects():
    catalog = CATALOG.read_text()
    entries = dict(re.findall(r"^-- ([0-9a-f]{32})\nSubject: (.+)$", catalog, re.MULTILINE))
    assert entries == {id_: subject for id_, (_, _, subject) in known().items()}


@pytest.mark.parametrize("entry", CATALOG.read_text().split("\n-- ")[1:], ids=lambda e: e[:8])
def test_catalog_entry_helps(entry):
    head, body = entry.split("\n\n", 1)
    assert "Defined-By: nsorphan" in head
    assert len(body.split()) > 20
    assert max(map(len, body.splitlines())) <= 80
    fields = (REPO / "src/report/message.c").read_text()
    for field in re.findall(r"@(\w+)@", body):
        assert f'"{field}' in fields


def test_catalog_compiles(tmp_path):
    folder = tmp_path / "usr/lib/systemd/catalog"
    folder.mkdir(parents=True)
    (folder / CATALOG.name).write_text(CATALOG.read_text())
    subprocess.run(["journalctl", f"--root={tmp_path}", "--update-catalog"], check=True)
    listed = subprocess.run(["journalctl", f"--root={tmp_path}", "--list-catalog"], check=True,
                            capture_output=True, text=True).stdout
    for id_, (_, _, subject) in known().items():
        assert f"{id_} nsorphan: {subject}" in listed


def test_documentation_has_the_same_ids():
    rows = re.findall(r"^\| `([0-9a-f]{32})` \| (?:`([a-z_]+)`)? ?\| (\w+) \|",
                      (REPO / "docs/journal.md").read_text(), re.MULTILINE)
    assert {id_: (name, priority) for id_, name, priority in rows} == {
        id_: (name, priority) for id_, (name, priority, _) in known().items()}


def test_documentation_has_the_same_fields():
    source = (REPO / "src/report/message.c").read_text()
    written = set(re.findall(r'"((?:NETNS|OBJECT)_[A-Z_]+)', source))
    documented = set(re.findall(r"^\| `((?:NETNS|OBJECT)_[A-Z_]+)`",
                                (REPO / "docs/journal.md").read_text(), re.MULTILINE))
    assert written == documented


def documented_queries():
    """(file, command) for every call of journalctl in what people read, lines that go on joined."""
    for name in ["README.md", "SECURITY.md", "NEWS.md", "catalog/nsorphan.catalog",
                 *(str(p.relative_to(REPO)) for folder in ("docs", "man")
                   for p in sorted((REPO / folder).glob("*.[m1-8]*")))]:
        text = (REPO / name).read_text().replace("\\\n", " ").replace("\\-", "-")
        for command in re.findall(r"journalctl[^`\n]*", text):
            yield name, command


def test_documented_queries_ask_who_wrote_it():
    """Anybody can write a MESSAGE_ID=, or any other field of ours."""
    queries = [(name, command) for name, command in documented_queries()
               if re.search(r"MESSAGE_ID=|NETNS_\w+=|-o (verbose|json)", command)]
    assert {"docs/journal.md", "README.md", "man/nsorphand.8"} <= {name for name, _ in queries}
    # -u comes to the same (journalctl(1)).
    safe = re.compile(r" (_SYSTEMD_UNIT=nsorphand\.service|-u nsorphand)\b")
    assert [q for q in queries if not safe.search(q[1])] == []
