# SPDX-License-Identifier: LGPL-2.1-or-later
"""No two files of src/ need each other, neither to be read (includes) nor to be run (calls)."""
import pytest
from symbols import calls, includes

# (file, file it uses, why that is no call): a function that is only handed over, to be called by
# others.
CALLBACKS = [
]

# Circles that are there; none may be added, and one that is gone must go from here.
KNOWN = {
    "includes": [
        ["census/builder", "census/builder-internal", "census/entry", "census/unresolved"],
        ["census/collector", "census/scanner"],
        ["nsorphanctl/options", "nsorphanctl/verb"],
    ],
    "calls": [
        ["nsorphanctl/connection", "nsorphanctl/coverage-text", "nsorphanctl/explain-holders",
         "nsorphanctl/explain-inside", "nsorphanctl/explain-remedy",
         "nsorphanctl/explain-text", "nsorphanctl/holder-text", "nsorphanctl/json-print",
         "nsorphanctl/netns-table", "nsorphanctl/netns-target", "nsorphanctl/options",
         "nsorphanctl/scan-compare", "nsorphanctl/verb", "nsorphanctl/verb-check",
         "nsorphanctl/verb-enter", "nsorphanctl/verb-explain", "nsorphanctl/verb-graph",
         "nsorphanctl/verb-list", "nsorphanctl/verb-metrics", "nsorphanctl/verb-pin",
         "nsorphanctl/verb-refresh", "nsorphanctl/verb-scan", "nsorphanctl/verb-show",
         "nsorphanctl/verb-status", "nsorphanctl/verb-watch"],
    ],
}


def circles(graph):
    """The strongly connected components of more than one file (Tarjan), as sorted lists."""
    index, low, stack, found = {}, {}, [], []

    def visit(file):
        index[file] = low[file] = len(index)
        stack.append(file)
        for other in sorted(graph.get(file, ())):
            if other not in index:
                visit(other)
                low[file] = min(low[file], low[other])
            elif other in stack:
                low[file] = min(low[file], index[other])
        if low[file] == index[file]:
            component = stack[stack.index(file):]
            del stack[stack.index(file):]
            if len(component) > 1:
                found.append(sorted(component))

    for file in sorted(graph):
        if file not in index:
            visit(file)
    return sorted(found)


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "f": {"a", "g"},
                    "g": {"f"}}) == [["a", "b", "c"], ["f", "g"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}}) == []


def graph_of(what):
    if what == "includes":
        return includes()
    apart = {(file, other) for file, other, _ in CALLBACKS}
    return {file: {other for other in used if (file, other) not in apart}
            for file, used in calls().items()}


@pytest.mark.parametrize("what", sorted(KNOWN))
def test_no_circle_of_files(what):
    graph = graph_of(what)
    found = circles(graph)
    edges = [f"{file} -> {other}" for circle in found if circle not in KNOWN[what]
             for file in circle for other in sorted(graph.get(file, ())) if other in circle]
    assert found == sorted(KNOWN[what]), "\n".join(edges)


def test_callbacks_are_used():
    assert [entry for entry in CALLBACKS if entry[1] not in calls().get(entry[0], ())] == []
