# SPDX-License-Identifier: LGPL-2.1-or-later
"""README.md's comparison is what contrib/compare finds, of those tools that are installed."""
import re

from nsorphan import BUILD, REPO, run


def found():
    """{tool: (shows it, names its holder)}; one that is not installed, or failed, has none."""
    lines = run(REPO / "contrib/compare", BUILD, timeout=120).stdout.splitlines()[1:]
    rows = [re.fullmatch(r"(\S+(?: \S+)*?) +(yes|no) +(yes|no)", line) for line in lines]
    return {row[1]: (row[2], row[3]) for row in rows if row}


def documented():
    """{the first words of a row: its second and third cells}."""
    text = (REPO / "README.md").read_text(encoding="utf-8")
    section = text[text.index("\n## Others\n"):text.index("\n## More\n")]
    return [(cells[1].strip(), cells[2].strip(), cells[3].strip())
            for cells in (line.split("|") for line in section.splitlines() if line.startswith("| "))]


def test_readme_says_what_is():
    tools, rows = found(), documented()
    assert tools["nsorphanctl scan"] == ("yes", "yes") and tools["ip netns"] == ("no", "no")
    for tool, (shows, names) in tools.items():
        program, *version = tool.split()
        major = ".".join(version[0].split(".")[:2]) if version and version[0][0].isdigit() else ""
        if major not in ("", "2.38", "2.42"):
            continue
        matching = [row for row in rows if row[0].strip("`").startswith(program) and major in row[0]]
        for _, says_shows, says_names in matching:
            assert (not says_shows.startswith("no"), not says_names.startswith("no")) == \
                (shows == "yes", names == "yes"), (tool, matching)
        assert matching or program == "lsfd", tool
