"""Half-typed code parses once it is repaired, and what was kept is where it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.security.finding import Span, split_lines
from evals.security.repair import MOST_UNREAD_LINES, Repaired, cut_out, parses, repair

HALF_TYPED = {
    "an indented fragment": "        a = 1\n        b = 2\n",
    "one that falls to smaller indents": "            a = 1\n        b = 2\n    c = 3\n",
    "one that falls to a handler": "        a = 1\n    except OSError:\n        pass\n",
    "one that falls to an else": "        a = 1\n    else:\n        a = 2\n",
    "an open try": "def f():\n    try:\n        a = 1\n",
    "an open try in the middle": "def f():\n    try:\n        a = 1\n\ndef g():\n    pass\n",
    "a head without a body": "def f():\n    if a:\n\ndef g():\n    pass\n",
    "a head at the end": "for i in a:",
    "an open bracket": "a = f(1,\n      [2, {3",
    "an open bracket with a comment": "a = f(1, # two (\n",
    "an open string": "a = f('b",
    "an open docstring": 'def f():\n    """It does\n',
    "tabs": "\t\ta = 1\n\tb = 2\n",
    "CRLF": "    a = 1\r\n    b = f(\r\n",
}


def check_is_faithful(repaired: Repaired, text: str) -> None:
    """Each line is one of the original, blanked or with something closed at its end."""
    assert parses(repaired.text) is None
    lines = split_lines(text)
    n_changed = 0
    for line, number in zip(split_lines(repaired.text), repaired.numbers, strict=True):
        if number is not None:
            original = lines[number - 1].rstrip("\r\n")
            n_changed += not line.startswith(original)
    assert n_changed <= repaired.n_unread_lines


@pytest.mark.parametrize("text", HALF_TYPED.values(), ids=HALF_TYPED)
def test_nothing_of_half_typed_code_is_left_out(text: str) -> None:
    assert parses(text) is not None
    repaired = repair(text, None)
    assert repaired is not None
    assert repaired.n_unread_lines == 0
    check_is_faithful(repaired, text)


def test_a_line_of_another_language_is_left_out_and_counted() -> None:
    text = "def f():\n    print 'a'\n    return 1\n"
    repaired = repair(text, None)
    assert repaired is not None
    assert repaired.n_unread_lines == 1
    assert "return 1" in repaired.text
    check_is_faithful(repaired, text)


def test_no_line_of_the_span_is_left_out() -> None:
    text = "a = 1\nprint 'b'\nc = 2\n"
    at = text.index("print")
    assert repair(text, Span(at, at + 9)) is None
    assert cut_out(text, Span(at, at + 9)) is None
    assert repair(text, Span(0, 5)) is not None


def test_too_many_lines_are_not_left_out() -> None:
    text = "b = 1\n" + "print 'a'\n" * (MOST_UNREAD_LINES + 1)
    assert repair(text, None) is None
    assert repair(text.removesuffix("print 'a'\n"), None) is not None


def test_a_span_is_cut_out_with_the_imports_of_its_file() -> None:
    text = "import os\nfrom a import b\n" + "print 'x'\n" * 20 + "    os.system(c)\n"
    at = text.index("    os.system")
    assert repair(text, Span(at, len(text))) is None
    repaired = cut_out(text, Span(at, len(text)))
    assert repaired is not None
    assert repaired.text.startswith("import os\nfrom a import b\n")
    assert repaired.n_unread_lines == 20
    place = split_lines(repaired.text).index("    os.system(c)\n")
    assert repaired.numbers[place] == 23


PIECES = st.lists(
    st.sampled_from(
        [
            *HALF_TYPED.values(),
            "x",
            "\n",
            "  ",
            "(",
            ")",
            '"""',
            "'",
            "\\",
            "#",
            "try:\n",
            ":",
            "😀",
        ]
    ),
    max_size=12,
).map("".join)


@given(PIECES)
def test_whatever_is_repaired_parses_and_is_faithful(text: str) -> None:
    repaired = repair(text, None)
    if repaired is not None:
        check_is_faithful(repaired, text)


@given(PIECES, st.data())
def test_every_line_of_the_span_is_in_what_was_read(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    touched = [line.strip() for line in split_lines(text[start:end]) if line.strip()]
    for repaired in (repair(text, Span(start, end)), cut_out(text, Span(start, end))):
        if repaired is not None:
            assert all(line in repaired.text for line in touched)


def test_nothing_left_is_nothing_read() -> None:
    assert repair("print 'a'\n# b\n", None) is None
