# SPDX-License-Identifier: LGPL-2.1-or-later
"""How messages are worded: "Failed to VERB OBJECT: REASON", and what cannot be done "cannot"."""
import re

from test_house import files, text, texts

# A call with the string it says, across lines; macros of numbers stand between parts of a string.
STRING = r'"(?:[^"\\\n]|\\.)*"'
CALL = re.compile(
    r"\b(error_set_errno|error_set|log_error|log_warning|log_notice|log_info|fail_with|parser_warn)\("
    rf"([^;\"]*?)({STRING}(?:\s*(?:{STRING}|[A-Z][A-Za-z0-9_]*))*)([^;]*);")


def sources():
    return files("src/*.c", "src/**/*.c")


def without_comments(source):
    return re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)


def messages():
    """(file, function, message, what follows in the call)."""
    for name in sources():
        for function, _, literal, rest in CALL.findall(without_comments(text(name))):
            yield name, function, "".join(re.findall(STRING, literal)).replace('""', "").strip('"'), rest


def test_a_failed_operation_is_one_that_failed_to():
    """What ends in a reason of the kernel's: a sentence of its own, or a clause of one."""
    found, wrong = 0, []
    for name, function, message, rest in messages():
        if function == "error_set_errno" or "strerror(" in rest:
            found += 1
            if not re.match(r"[Ff]ailed to [a-z]+\b", message) and message != "%s":
                wrong.append(f"{name}: {message}")
    assert found > 60 and wrong == []


def test_what_goes_on_all_the_same_says_so_in_few_words():
    wrong = [f"{name}: {message}" for name, _, message, _ in messages()
             if re.search(r"; (ignored|continuing|ignoring)|, ignored$|nevertheless", message)]
    assert wrong == []


# Spelled so that this file does not find itself.
CANNOT = re.compile(r"\b(can n" r"ot|can'" r"t|could n" r"ot|couldn'" r"t)\b", re.IGNORECASE)


def strings(source):
    return re.findall(STRING, without_comments(source))


def test_no_string_says_it_otherwise():
    found = [f"{name}: {literal}" for name in files("src/*.c", "src/*.h", "src/**/*.c", "src/**/*.h")
             for literal in strings(text(name)) if CANNOT.search(literal)]
    assert found == []


# What fuzzers have made, and what an older version wrote.
RECORDED = ("tests/fuzz/corpus/", "tests/unit/state-0.1.json")


def test_no_text_says_it_otherwise():
    """Comments, documents, manual pages, tests: all but what was recorded."""
    found = [f"{name}: {line}" for name, content in texts() if not name.startswith(RECORDED)
             for line in content.splitlines() if CANNOT.search(line)]
    assert found == []
