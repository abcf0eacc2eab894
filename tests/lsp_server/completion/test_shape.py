"""One line or several."""

from __future__ import annotations

import pytest

from lsp_server.completion.query import CompletionOptions
from lsp_server.completion.shape import choose_shape
from tests.lsp_server.completion.places import context_at


@pytest.mark.parametrize(
    ("document", "why", "is_multiline"),
    [
        ("f(‸)", "text_right", False),
        ("# a ‸", "prose", False),
        ("def f():‸", "empty_block", True),
        ("def f():\n    ‸", "empty_block", True),
        ("def f():\n    ‸\nx = 1", "empty_block", True),
        ("def f():\n    ‸\n    return 1", "statement", False),
        ("‸", "new_paragraph", True),
        ("x = 1\n\n‸\ny = 2", "new_paragraph", True),
        ("def f():\n    x = 1\n    ‸", "end_of_block", True),
        ("def f():\n    x = 1\n    ‸\ny = 2", "end_of_block", True),
        ("x = 1\n‸\ny = 2", "statement", False),
        ("x = 1\n‸y = 2", "statement", False),
        ("x = ‸", "statement", False),
        ("f(\n    ‸\n)", "statement", False),
        ("d = {\n‸\n}", "statement", False),
    ],
)
def test_the_place_decides(document: str, why: str, is_multiline: bool) -> None:
    shape = choose_shape(context_at(document), CompletionOptions())
    assert (shape.why, shape.is_multiline) == (why, is_multiline)
    assert shape.stops_at_newline is not is_multiline


def test_never_is_one_line_and_still_reaches_below_a_colon() -> None:
    options = CompletionOptions(multiline="never")
    shape = choose_shape(context_at("def f():‸"), options)
    assert (shape.is_multiline, shape.max_lines, shape.stops_at_newline) == (False, 1, False)
    assert choose_shape(context_at("def f():\n    ‸"), options).stops_at_newline


def test_always_is_several_lines_except_before_other_text() -> None:
    options = CompletionOptions(multiline="always", max_lines=7)
    assert choose_shape(context_at("x = ‸"), options).max_lines == 7
    assert not choose_shape(context_at("f(‸)"), options).is_multiline
