# SPDX-License-Identifier: LGPL-2.1-or-later
"""Varlink's interface descriptions, read by something else than what the daemon reads them with: which
values a type allows."""
import re

TOKEN = re.compile(r"\s*(?:#[^\n]*\n\s*)*(->|\[string\]|\[\]|[?:,()]|[A-Za-z][\w.-]*)")
BASIC = {
    "bool": lambda v: isinstance(v, bool),
    "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "float": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "string": lambda v: isinstance(v, str),
    "object": lambda v: isinstance(v, dict),
    "any": lambda v: v is not None,
}


class Interface:
    def __init__(self, text):
        self.tokens = TOKEN.findall(text + "\n")
        self.types, self.methods, self.errors = {}, {}, {}
        assert self.tokens.pop(0) == "interface"
        self.name = self.tokens.pop(0)
        while self.tokens:
            keyword, name, first = self.tokens.pop(0), self.tokens.pop(0), self.type()
            if keyword == "type":
                self.types[name] = first
            elif keyword == "error":
                self.errors[name] = first
            else:
                assert keyword == "method" and self.tokens.pop(0) == "->"
                self.methods[name] = (first, self.type())

    def type(self):
        token = self.tokens.pop(0)
        if token in ("?", "[]", "[string]"):
            return (token, self.type())
        if token != "(":
            return token
        fields, words = {}, []
        while self.tokens[0] != ")":
            name = self.tokens.pop(0)
            if self.tokens[0] == ":":
                self.tokens.pop(0)
                fields[name] = self.type()
            else:
                words.append(name)
            if self.tokens[0] == ",":
                self.tokens.pop(0)
        self.tokens.pop(0)
        assert not (fields and words)
        return ("enum", words) if words else ("struct", fields)

    def wrong(self, value, kind, where):
        """What in @value is not what @kind says, as a list of sentences."""
        if isinstance(kind, str):
            if kind in BASIC:
                return [] if BASIC[kind](value) else [f"{where}: {value!r} is no {kind}"]
            return self.wrong(value, self.types[kind], where)
        sort, inner = kind
        if sort == "?":
            return [] if value is None else self.wrong(value, inner, where)
        if sort == "enum":
            return [] if value in inner else [f"{where}: {value!r} is not one of {inner}"]
        if sort == "[]":
            return [w for i, v in enumerate(value) for w in self.wrong(v, inner, f"{where}[{i}]")]
        if sort == "[string]":
            return [w for k, v in value.items() for w in self.wrong(v, inner, f"{where}.{k}")]
        found = [f"{where}.{k} is not described" for k in value if k not in inner]
        for name, field in inner.items():
            if name in value:
                found += self.wrong(value[name], field, f"{where}.{name}")
            elif not (isinstance(field, tuple) and field[0] == "?"):
                found.append(f"{where}.{name} is missing")
        return found

    def assert_reply(self, method, parameters):
        wrong = self.wrong(parameters, self.methods[method][1], method)
        assert not wrong, wrong
