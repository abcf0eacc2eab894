"""Names are spelt as Python reads them."""

from __future__ import annotations

import ast

import pytest

from analyzers.spelling import folded, plain


@pytest.mark.parametrize("name", ["\uff45\uff56al", "\U0001d41eval", "\ufb01le", "na\u0131ve", "x"])
def test_a_name_is_plain_as_it_is_in_the_tree(name: str) -> None:
    (statement,) = ast.parse(name).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Name)
    assert plain(name) == statement.value.id


def test_a_folded_text_has_words_in_lower_case() -> None:
    assert folded("\uff25VAL") == "eval"
