# SPDX-License-Identifier: LGPL-2.1-or-later
"""A name leads to its file, a header to its functions; declarations are of one dialect."""
import pathlib
import re

from symbols import SRC, exported, homes, stem, symbols

# Of all commands of the client, of which only the table of them needs one line each.
DECLARED_ELSEWHERE = {"nsorphanctl/verb"}

# What may change while a program runs and is not its caller's, and why.
MUTABLE = {
    "netlink/own-socket": "the sockets all threads look with",
    "netns/mark": "the UTS namespace that the program comes from",
    "nsorphanctl/command": "whom a signal handler forwards to",
    "nsorphanctl/main": "the fork server, for a function that takes no argument",
    "nsorphanctl/verb-check": "what a signal handler prints",
    "nsorphand/main": "the fork server, for a function that takes no argument",
    "util/log": "the level, which every thread asks for",
    "util/kernel": "the kernel's version, asked for once",
}


def headers():
    return [path for path in sorted(SRC.rglob("*.h")) if ".bpf." not in path.name]


def without_comments(path):
    return re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)


def prefixes(file):
    """Of ledger/entry: entry and ledger_entry."""
    path = pathlib.Path(file)
    name = path.name.replace("-", "_")
    return (name, *(f"{folder}_{name}" for folder in path.parent.parts))


def test_public_names_begin_with_the_name_of_their_file():
    """Or with n_ and that: the length of a table."""
    wrong = {file: names for file in symbols()
             if (names := [name for name in exported(file) if name != "main"
                           and not name.removeprefix("n_").startswith(prefixes(file))])}
    assert wrong == {}


def declared_functions(path):
    return re.findall(r"^(?!static|typedef|#|DEFINE_)[a-z][\w \*]*?\b(\w+)\(",
                      without_comments(path), re.MULTILINE)


def test_a_header_declares_the_functions_of_its_file():
    wrong = {}
    for path in headers():
        strange = [name for name in declared_functions(path)
                   if homes().get(name, stem(path)) != stem(path)]
        if strange:
            wrong[stem(path)] = strange
    assert {file: names for file, names in wrong.items() if file not in DECLARED_ELSEWHERE} == {}
    assert set(wrong) == DECLARED_ELSEWHERE


def test_headers_begin_alike():
    begin = "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n#pragma once\n"
    assert [str(path) for path in headers() if not path.read_text().startswith(begin)] == []


def test_a_file_includes_its_own_header_first():
    """So that a header that lacks an include is found out."""
    wrong = []
    for path in sorted(SRC.rglob("*.c")):
        own = path.with_suffix(".h")
        first = re.search(r"^#include (.*)$", path.read_text(), re.MULTILINE)
        if own.exists() and not (first and first[1] == f'"{own.relative_to(SRC)}"'):
            wrong.append(stem(path))
    assert wrong == []


def test_what_is_shared_is_constant():
    """Functions are declared without extern, tables with extern const."""
    assert [f"{stem(path)}: {line}" for path in headers() for line in
            without_comments(path).splitlines() if re.match(r"\s*extern (?!const )", line)] == []


def test_a_type_has_a_name_of_its_own_only_for_a_function():
    """struct, enum and union are spelled; a pointer to a function is a _fn."""
    assert [f"{stem(path)}: {line}" for path in [*headers(), *sorted(SRC.rglob("*.c"))]
            if ".bpf." not in path.name
            for line in without_comments(path).splitlines()
            if "typedef" in line and not re.search(r"\(\*\w+_fn\)\(", line)] == []


def test_nothing_changes_but_what_a_caller_owns():
    data = re.compile(r"\.t?(data|bss)(?!\.rel\.ro)")
    found = {file for file, all_of_it in symbols().items() for symbol in all_of_it
             if symbol.kind in "dDbBC" and data.match(symbol.section)}
    assert found == set(MUTABLE)
