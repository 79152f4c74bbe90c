# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the manual page of a Varlink interface out of its description: interface-page.py SOCKET FILE OUTPUT

What the description says in comments is what the page says: there is one source for both.
"""
import re
import sys


def roff(text):
    """Text as roff prints it."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def blocks(text):
    """(comment, member) for each member, the interface itself first."""
    comment, member, open_brackets = [], [], 0
    for line in text.splitlines():
        if not member and (line.startswith("#") or not line.strip()):
            comment = comment + [line.lstrip("# ").rstrip()] if line.strip() else []
            continue
        member.append(line.rstrip())
        open_brackets += line.count("(") - line.count(")")
        if open_brackets == 0 and not line.endswith("->"):
            yield comment, member
            comment, member = [], []


def page(socket, text):
    (about, first), *members = blocks(text)
    name = re.fullmatch(r"interface (\S+)", first[0])[1]
    out = [
        '.\\" Made from ' + name + ".varlink; SPDX-License-Identifier: LGPL-2.1-or-later",
        f'.TH {roff(name).upper()} 7 "" "nsorphand" "nsorphand"',
        ".SH NAME", f"{roff(name)} \\- the Varlink interface of nsorphand(8)",
        ".SH SYNOPSIS", ".nf", f"varlinkctl introspect {roff(socket)} {roff(name)}",
        f"varlinkctl call {roff(socket)} {roff(name)}.GetStatus {{}}", ".fi",
        ".SH DESCRIPTION", *map(roff, about), ".PP",
        "Varlink is JSON over a stream socket, each message ended by a NUL; see https://varlink.org.",
        "A field with a question mark may be missing.",
    ]
    for kind, title in [("method", "METHODS"), ("error", "ERRORS"), ("type", "TYPES")]:
        out.append(f".SH {title}")
        for comment, member in members:
            word, called = re.match(r"(\w+) (\w+)", member[0]).groups()
            if word == kind:
                out += [f".SS {called}", ".nf", *map(roff, member), ".fi", ".PP", *map(roff, comment)]
    out += ['.SH "SEE ALSO"', ".BR nsorphand (8),", ".BR nsorphanctl (1),", ".BR nsorphan\\-concepts (7)"]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    where, source, output = sys.argv[1:]
    with open(source, encoding="ascii") as file:
        made = page(where, file.read())
    with open(output, "w", encoding="ascii") as file:
        file.write(made)
