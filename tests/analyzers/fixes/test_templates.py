"""Strings that are put together are seen as characters and holes, whatever put them together."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.fixes.templates import is_string, template


def _read(text: str) -> tuple[str, list[tuple[str, str]]] | None:
    code = Code(text, ast.parse(text))
    statement = code.tree.body[0]
    assert isinstance(statement, ast.Expr)
    made = template(code, statement.value)
    if made is None:
        return None
    return made.constant.replace("\0", "_"), [(hole.text, hole.spec) for hole in made.holes]


@pytest.mark.parametrize(
    ("text", "constant", "holes"),
    [
        ("f'a {x} {y!r} {z:.2f} {{}}'", "a _ _ _ {}", [("x", ""), ("y", "!r"), ("z", ":.2f")]),
        ("'a %s %d 5%%' % (x, y)", "a _ _ 5%", [("x", ""), ("y", "d")]),
        ("'a %s' % x", "a _", [("x", "")]),
        ("'%(k)s' % {'k': x}", "_", [("x", "")]),
        ("'a {} {}'.format(x, str(y))", "a _ _", [("x", ""), ("y", "")]),
        ("'{1} {0} {k!r} {{'.format(x, y, k=z)", "_ _ _ {", [("y", ""), ("x", ""), ("z", "!r")]),
        ("'a' + x + 'b' + str(y)", "a_b_", [("x", ""), ("y", "")]),
        ("'a' + f'{x}' + '%s' % y", "a__", None),
        ("f\"{', '.join(x)} {d['k']}\"", "_ _", [("', '.join(x)", ""), ("d['k']", "")]),
    ],
)  # fmt: skip
def test_every_way_gives_the_same_parts(
    text: str, constant: str, holes: list[tuple[str, str]] | None
) -> None:
    """And what mixes placeholders with fields is none."""
    assert _read(text) == (None if holes is None else (constant, holes))


@pytest.mark.parametrize(
    "text",
    ["x", "1 + 2", "'%s %s' % x", "'{}'.format(*x)", "'{a}'.format(b=1)", "'%s' % ()", "b'%s' % x"],
)
def test_what_is_not_seen_whole_is_none(text: str) -> None:
    """Values that are missing, spread or too many."""
    assert _read(text) is None


def test_strings_are_told_from_other_sums() -> None:
    """By their literals."""

    def asked(text: str) -> bool:
        return is_string(ast.parse(text, mode="eval").body)

    assert all(map(asked, ["'a'", "f'{a}'", "a + 'b'", "'%s' % a", "'{}'.format(a)"]))
    assert not any(map(asked, ["a + b", "a % b", "f(a)", "1", "x.format(a)"]))
