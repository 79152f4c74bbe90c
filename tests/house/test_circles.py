# SPDX-License-Identifier: LGPL-2.1-or-later
"""No two files of src/ need each other, neither to be read (includes) nor to be run (calls)."""
import pytest
from symbols import calls, includes

GRAPHS = {"includes": includes, "calls": calls}


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


@pytest.mark.parametrize("what", sorted(GRAPHS))
def test_no_circle_of_files(what):
    graph = GRAPHS[what]()
    found = circles(graph)
    edges = [f"{file} -> {other}" for circle in found for file in circle
             for other in sorted(graph.get(file, ())) if other in circle]
    assert found == [], "\n".join(edges)
