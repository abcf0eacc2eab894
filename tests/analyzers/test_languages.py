"""What can be done with a text goes by its language."""

from __future__ import annotations

import pytest

from analyzers.languages import kind_of, says_nothing


@pytest.mark.parametrize(
    ("language", "kind"),
    [("python", "python"), ("Python ", "python"), ("typescriptreact", "script"),
     ("markdown", "prose"), ("rust", "other"), ("", "other"), ("json", "prose"),
     ("shellscript", "other")],
)  # fmt: skip
def test_the_kind_of_a_language(language: str, kind: str) -> None:
    assert kind_of(language) == kind


def test_blank_lines_and_line_comments_say_nothing() -> None:
    assert says_nothing("  // a\n\n// b", "rust")
    assert says_nothing("# a", "ruby")
    assert says_nothing("-- a", "lua")
    assert says_nothing(" \n", "unheard-of")


def test_the_comment_of_one_language_is_code_in_another() -> None:
    assert not says_nothing("# include", "rust")
    assert not says_nothing("// a", "python")
    assert not says_nothing("// a\nf()", "go")
    assert not says_nothing("# a", "unheard-of")
