# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual pages say what the programs' tables have (options, keys and exit codes: tests/unit/test-documentation.c)."""
import pathlib
import re
import subprocess

import pytest

import test_interfaces
from test_message_ids import known

REPO = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted(p for p in (REPO / "man").glob("*.[1-8]")) + [test_interfaces.BUILD / "man/io.nsorphan.Scanner.7"]


def formatted(page):
    """What a reader sees, on a wide screen."""
    done = subprocess.run(["groff", "-man", "-Tutf8", "-rLL=1000n", "-P-cbou", "-ww", page], check=True,
                          capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.replace("‐", "-").replace("−", "-")


def source(name):
    """A page without what roff escapes."""
    return (REPO / "man" / name).read_text(encoding="utf-8").replace("\\-", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_groff_has_nothing_to_warn_of(page):
    assert formatted(page)


def test_daemon_page_has_every_message_id():
    """Those of the source, and no others."""
    entries = {id_: name or "" for id_, name in
               re.findall(r'^\.BR ([0-9a-f]{32})(?: " ([a-z_]+)")?$', source("nsorphand.8"), re.MULTILINE)}
    assert entries == {id_: name for id_, (name, _, _) in known().items()}


def test_daemon_page_has_every_field():
    written = set(re.findall(r'"((?:NETNS|OBJECT)_[A-Z_]+)',
                             (REPO / "src/report/message.c").read_text(encoding="utf-8")))
    assert set(re.findall(r"^\.B ((?:NETNS|OBJECT)_[A-Z_]+)$", source("nsorphand.8"), re.MULTILINE)) == written


def test_concepts_have_every_kind_of_holder():
    kinds = re.findall(r'X\(\w+, "(\w+)"\)', (REPO / "src/census/holder.h").read_text(encoding="utf-8"))
    section = re.search(r"^\.SH HOLDERS$(.*?)^\.SH", source("nsorphan-concepts.7"), re.MULTILINE | re.DOTALL)[1]
    assert len(kinds) > 15 and re.findall(r"^\.B (\w+)$", section, re.MULTILINE) == kinds


def words_of(section_title):
    section = re.search(rf'^\.SH "?{section_title}"?$(.*?)^\.SH', source("nsorphan-concepts.7"),
                        re.MULTILINE | re.DOTALL)[1]
    return set(re.findall(r"^\.B (\w+)$", section, re.MULTILINE))


def test_concepts_have_every_verdict_and_source():
    verdicts = {line.split()[2] for line in test_interfaces.lines() if line.startswith("word verdict ")}
    assert len(verdicts) == 3 and words_of("VERDICTS") == verdicts
    options = (REPO / "src/nsorphanctl/options.c").read_text(encoding="utf-8")
    sources = set(re.search(r'FIELD\(source\), "([a-z ]+)"', options)[1].split())
    assert words_of("HOW THEY ARE FOUND") == sources - {"auto"}


def test_interface_page_has_every_member_and_field():
    """With what is said of it: the page is made from the description."""
    text = formatted(test_interfaces.BUILD / "man/io.nsorphan.Scanner.7")
    flat = re.sub(r"\s+", " ", text)
    members = test_interfaces.varlink()["io.nsorphan.Scanner"]
    assert len(members) > 30
    for member in members:
        assert member in flat, member
    idl = (REPO / "src/nsorphand/io.nsorphan.Scanner.varlink").read_text(encoding="utf-8")
    for comment in re.findall(r"(?:^# .*\n)+(?=type|method|error|interface)", idl, re.MULTILINE):
        said = re.sub(r"\s+", " ", re.sub(r"^# ?", "", comment, flags=re.MULTILINE)).strip()
        assert said in flat, said


def test_every_page_is_installed_and_referred_to():
    build = (REPO / "man/meson.build").read_text(encoding="utf-8")
    for page in PAGES:
        assert f"'{page.name}'" in build
        name, _, section = page.name.rpartition(".")
        others = [other for other in PAGES if other != page]
        assert any(f"{name} ({section})" in other.read_text(encoding="utf-8").replace("\\-", "-")
                   for other in others), page.name


def test_the_page_on_ci_has_the_workflow_file():
    workflow = (REPO / "docs/ci-workflow.yml").read_text(encoding="utf-8")
    assert f"```yaml\n{workflow}```\n" in (REPO / "docs/ci.md").read_text(encoding="utf-8")


def test_the_page_on_ci_has_every_key():
    page = (REPO / "docs/ci.md").read_text(encoding="utf-8")
    keys = [line.split()[1] for line in test_interfaces.lines() if line.startswith("json run.")]
    own = {key.removeprefix("run.") for key in keys if key.count(".") == 1} - {"version", "host", "settleUSec", "onlyOwn"}
    own |= {f"leaks[].{name}" for name in ("leak", "own", "counts", "verdictBefore")}
    assert len(own) > 10 and {key for key in own if f"`{key}`" not in page} == set()
