"""What stands around the cursor."""

from __future__ import annotations

import pytest

from lsp_server.completion.context import read_context
from lsp_server.completion.query import CompletionQuery
from tests.lsp_server.completion.places import context_at


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ("‸x = 1", "line_above"),
        ("  ‸  x = 1", "line_above"),
        ("‸", "blank_line"),
        ("  ‸  ", "blank_line"),
        ("x = ‸  ", "line_end"),
        ("x‸\r\ny", "line_end"),
        ("f(‸)", "mid_line"),
    ],
)
def test_the_place_of_the_cursor_on_its_line(document: str, place: str) -> None:
    assert context_at(document).place == place


@pytest.mark.parametrize(
    ("document", "language", "outer", "block"),
    [
        ("def f():‸", "python", 0, 4),
        ("def f():  # why\n‸", "python", 0, 4),
        ("    if x:\n        ‸", "python", 4, 8),
        ("def f(a,\n      b):\n‸", "python", 0, 4),
        ("x = {\n    'a': 1,\n}\n‸", "python", 0, None),
        ("d = {'a':‸", "python", 0, None),
        ("x[1:‸", "python", 0, None),
        ("lambda x:‸", "python", 0, None),
        ("    x = 1\n# note\n\n‸", "python", 4, None),
        ("    x = '''\na\n'''\n‸", "python", 4, None),
        ("    x = 1 + \\\n  2\n‸", "python", 4, None),
        ("if a:\n‸\n  b()", "python", 0, 2),
        ("  f() {‸\n", "javascript", 2, 4),
        ("  /* a {\n  b */\n‸", "c", 0, None),
        ("then\n‸", "plaintext", 0, None),
    ],
)
def test_the_statement_above_and_the_block_it_opens(
    document: str, language: str, outer: int, block: int | None
) -> None:
    context = context_at(document, language)
    assert (context.outer_indent, context.block_indent) == (outer, block)


@pytest.mark.parametrize(
    ("document", "has_body"),
    [
        ("if a:‸\n    b()", True),
        ("if a:‸\nb()", False),
        ("if a:\n‸\n    b()", True),
        ("if a:\n‸b()", False),
        ("if a:\n‸    b()", True),
        ("if a:‸", False),
    ],
)
def test_a_block_has_a_body_when_deeper_lines_follow(document: str, has_body: bool) -> None:
    assert context_at(document).has_body is has_body


@pytest.mark.parametrize(
    ("document", "in_text"),
    [
        ("# a‸", True),
        ("x = 'a‸", True),
        ("'''a\n‸\n'''", True),
        ("'''a'''‸", False),
        ("# a\n‸", False),
    ],
)
def test_strings_and_comments_at_the_cursor(document: str, in_text: bool) -> None:
    assert context_at(document).in_text is in_text


def test_a_long_document_is_not_read_from_inside_a_string() -> None:
    block = "def f():\n    '''it's (a\n    docstring'''\n    return 1\n\n"
    middle = block * 1500
    for padding in range(0, len(block), 5):
        before = middle + "#" * padding + "\nx = f("
        context = context_at(before + "‸\n" + middle)
        assert (context.in_text, context.lexed.stack) == (False, "(")
        assert context.before == before


def test_between_the_two_characters_of_a_line_end_is_before_them() -> None:
    context = read_context(CompletionQuery("x = \r\ny\r\n", 5))
    assert (context.before, context.after, context.place) == ("x = ", "\ny\n", "line_end")


@pytest.mark.parametrize("offset", [-3, 99])
def test_an_offset_outside_the_text_is_its_nearest_end(offset: int) -> None:
    context = read_context(CompletionQuery("ab", offset))
    assert (context.before, context.after) == (("", "ab") if offset < 0 else ("ab", ""))
