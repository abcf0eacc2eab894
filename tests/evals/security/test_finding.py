"""Lines and columns become offsets, whatever ends a line and however wide a character is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evals.security.finding import Finding, Span, line_starts, span_of, split_lines

TEXT = st.text(st.sampled_from("ab 😀é\r\n\x0c\u2028\t"), max_size=40)


@given(TEXT)
def test_lines_join_to_the_text_and_start_where_they_say(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == text
    assert line_starts(lines)[-1] == len(text)
    assert all("\n" not in line[:-1] for line in lines)
    assert all("\r" not in line.removesuffix("\n").removesuffix("\r") for line in lines)


@given(TEXT.filter(bool), st.data())
def test_a_place_is_found_again_under_astral_characters_and_crlf(
    text: str, data: st.DataObject
) -> None:
    lines = split_lines(text)
    number = data.draw(st.integers(1, len(lines)))
    width = len(lines[number - 1])
    start = data.draw(st.integers(0, width - 1))
    end = data.draw(st.integers(start + 1, width))
    span = span_of(Finding("R", None, number, start, number, end), text)
    assert text[span.start : span.end] == lines[number - 1][start:end]
    assert span.start == sum(len(line) for line in lines[: number - 1]) + start


@given(TEXT, *[st.integers(-3, 60)] * 4)
def test_a_place_outside_of_the_text_is_moved_to_its_border(
    text: str, line: int, column: int, end_line: int, end_column: int
) -> None:
    span = span_of(Finding("R", None, line, column, end_line, end_column), text)
    assert 0 <= span.start <= len(text)
    assert span.start < span.end <= len(text) + 1


def test_only_what_ends_a_line_for_python_does() -> None:
    assert split_lines("a\x0cb\u2028c\r\nd\re\nf") == ["a\x0cb\u2028c\r\n", "d\r", "e\n", "f"]


def test_a_finding_without_extent_covers_its_character() -> None:
    assert span_of(Finding("R", None, 2, 1, 2, 1), "a\nbcd") == Span(3, 4)
