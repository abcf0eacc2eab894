"""Where an import's module stands, what guards it, and how it is renamed everywhere."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.finding import Fix
from analyzers.imports.statements import guard, imported, renamed


def _code(text: str) -> Code:
    return Code(text, ast.parse(text))


def _applied(text: str, fix: Fix) -> str:
    for edit in reversed(fix.edits):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("import a.b, c as d", ["a.b", "c"]),
        ("from a.b import c", ["a.b"]),
        ("from  \\\n  a import c", ["a"]),
        ("from . import c", [""]),
        ("from .. b import c", ["b"]),
        ("é = 1; import größe", ["größe"]),
        ("if x:\n    from é.ü import (\n        c,\n    )", ["é.ü"]),
    ],
)
def test_the_span_is_that_of_the_module_alone(text: str, modules: list[str]) -> None:
    found = list(imported(_code(text)))
    assert [one.module for one in found] == modules
    assert [text[one.span.start : one.span.end] for one in found] == modules


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a", "none"),
        ("try:\n    import a\nexcept ImportError:\n    pass", "caught"),
        ("try:\n    import a\nexcept (KeyError, ModuleNotFoundError):\n    pass", "caught"),
        ("try:\n    import a\nexcept:\n    pass", "caught"),
        ("try:\n    pass\nexcept ImportError:\n    import a", "caught"),
        ("try:\n    import a\nexcept KeyError:\n    pass", "none"),
        ("try:\n    pass\nexcept ImportError:\n    pass\nelse:\n    import a", "none"),
        ("with contextlib.suppress(ImportError):\n    import a", "caught"),
        ("if TYPE_CHECKING:\n    import a", "types"),
        ("if typing.TYPE_CHECKING:\n    import a", "types"),
        ("if x:\n    import a", "none"),
    ],
)
def test_a_guard_is_seen(text: str, expected: str) -> None:
    code = _code(text)
    (one,) = imported(code)
    assert guard(code, one.node) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import aa\naa.f(aa)\nb.aa", "import bb\nbb.f(bb)\nb.aa"),
        ("import aa.c\naa.c.f()", "import bb.c\nbb.c.f()"),
        ("import aa as x\naa.f()", "import bb as x\naa.f()"),
        ("from aa.c import d\naa", "from bb.c import d\naa"),
        ("import aa\naa = 1", None),
        ("import aa\ndef f(aa): return aa", None),
    ],
)
def test_renaming_reaches_every_use_or_nothing(text: str, expected: str | None) -> None:
    code = _code(text)
    fix = renamed(code, next(imported(code)), "bb")
    assert (fix and _applied(text, fix)) == expected
