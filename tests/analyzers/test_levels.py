"""How much of a text is read."""

from __future__ import annotations

import pytest

from analyzers.finding import Span
from analyzers.levels import Reading, import_spans, is_silent, own_lines, read
from analyzers.project import NO_PROJECT
from analyzers.reading.parsing import Problem
from analyzers.report import Level

BROKEN = "import os\n\nclass (:\n    x = = 1\n" + "".join(f"]{i} = = )\n" for i in range(60))


@pytest.mark.parametrize(
    ("text", "inserted", "level"),
    [
        ("x = 1\n", "x = 1", "whole file"),
        ("import os\n\ndef f(a):\n    os.system(a\n", "os.system(a", "repaired"),
        (BROKEN + "\ndef f():\n    y = 1\n\n" + BROKEN, "y = 1", "enclosing function"),
        (BROKEN + "# only a comment\n", "# only a comment", "fragment"),
    ],
)
def test_the_first_level_that_can_be_read(text: str, inserted: str, level: Level) -> None:
    at = text.index(inserted)
    reading = read(text, Span(at, at + len(inserted)), NO_PROJECT)
    assert isinstance(reading, Reading)
    assert reading.level == level
    assert reading.has_read(at) or level == "fragment"


def test_an_enclosing_function_comes_with_the_imports() -> None:
    text = BROKEN + "\ndef f():\n    y = 1\n\n" + BROKEN
    at = text.index("y = 1")
    reading = read(text, Span(at, at + 5), NO_PROJECT)
    assert isinstance(reading, Reading)
    assert reading.code.imports == {"os": "os"}
    assert "y = 1" in reading.code.text
    assert not reading.has_read(text.index("class (:"))


def test_an_insertion_that_ends_in_an_open_call_is_open() -> None:
    for text, is_open in (("f(a, ", True), ("f(a)", False), ("x = 'a", True)):
        reading = read(f"def g():\n    {text}\n", Span(13, 13 + len(text)), NO_PROJECT)
        assert isinstance(reading, Reading)
        assert reading.is_open is is_open


def test_the_lines_of_a_span_are_whole_ones() -> None:
    text = "aa\nbb\r\ncc"
    assert own_lines(text, Span(4, 5)) == Span(3, 7) or own_lines(text, Span(4, 5)) == Span(3, 6)
    assert own_lines(text, Span(8, 8)) == Span(7, 9)
    assert own_lines(text, Span(0, 3)) == Span(0, 3)


def test_comments_and_blank_lines_are_silent() -> None:
    assert is_silent("  # a\n\n")
    assert not is_silent("# a\nb")


def test_imports_are_found_without_their_indents() -> None:
    text = "  import a, b as c\nfrom d import (\n  e,\n)  # f\nimport g;\nfrom the beginning on\n"
    assert [text[span.start : span.end].split("\n")[0] for span in import_spans(text)] == [
        "import a, b as c", "from d import (", "import g;",
    ]  # fmt: skip


def test_a_repair_that_fails_leaves_the_text_unchecked_and_raises_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> object:
        raise IndexError("list index out of range")

    monkeypatch.setattr("analyzers.levels.parse_tolerant", broken)
    assert isinstance(read("def f(:\n", None, NO_PROJECT), Problem)
    assert isinstance(read("def f(:\n", Span(0, 3), NO_PROJECT), Problem)
