"""Older syntax of the same layout."""

from __future__ import annotations

import pytest

from analyzers.reading.layout import looks_newer, older
from analyzers.reading.tokens import tokens

NEW = [
    ("type X = int", "type=X = int"),
    ("type X[T: (a, b) = c] = int", "type=X                = int"),
    ("type\\\n X = int", "type=\\\n X = int"),
    ("def f[T, *Ts, **P](x): pass", "def f             (x): pass"),
    ("class A[T]: pass", "class A   : pass"),
    ("def f[\n\n  T, # t\n](x): pass", "def f \\\n\\\n        \\\n (x): pass"),
    ("try: pass\nexcept A, B.c: pass", "try: pass\nexcept A     : pass"),
    ("try: pass\nexcept* A, B: pass", "try: pass\nexcept* A   : pass"),
    ("x = t'{a}' tR'b'", "x = f'xxx' fr'x'"),
    ("lazy from a import b", "lazy;from a import b"),
    ("x = [*a for a in b]", "x = [ a for a in b]"),
    ("x = {**a for a in b}", "x = {  a for a in b}"),
]


@pytest.mark.parametrize(("new", "old"), NEW)
def test_newer_syntax_is_written_as_older(new: str, old: str) -> None:
    layout = older(new)
    assert layout is not None
    assert layout.text == old


@pytest.mark.parametrize(
    "text",
    [
        "type = 1\ntype(x)\ntype[x]\nprint(type, x)",
        "lazy = 1\nlazy.x",
        "x = [*a, b]\nf(*a)\nf(*(a for a in b))",
        "try: pass\nexcept (A, B) as e: pass\nexcept f(a, b): pass",
        "def f(x): x[1]\nclass A(B[T]): pass",
        "x = f'{a}' 'b'",
        "except_ = a, b",
    ],
)
def test_what_every_version_reads_is_left_alone(text: str) -> None:
    assert older(text) is None


@pytest.mark.parametrize("new", [new for new, _ in NEW])
@pytest.mark.parametrize("before", ["", "x = f'{a!r:{b}}' \"c\"\n", 'f"""\n{a} {{\n"""\n'])
def test_what_is_written_differently_looks_newer(before: str, new: str) -> None:
    assert looks_newer(before + new)


@pytest.mark.parametrize(
    "field", ["{'a'}", "{a\n}", "{a # b}", "{b[\\'c\\']}", "{a:{'b'}}", "\\{'a'}", "{{{'a'}}}"]
)
def test_a_field_that_would_have_ended_the_string_looks_newer(field: str) -> None:
    assert looks_newer(f"x = f'{field}'")
    assert looks_newer("x = f'{a}' + rF'" + field + "'")


@pytest.mark.parametrize(
    "text",
    [
        "f'{a[0]:>{n}} {{b}} \\n' + \"{'c'}\"",
        'f"""{a} "b"\n{c!r}""" + f"{d[\'e\']}"',
        "try: pass\nexcept (A, B) as e: pass\nexcept C:\n    f(*args, a)",
    ],
)
def test_what_every_version_reads_does_not_look_newer(text: str) -> None:
    assert not looks_newer(text)


def test_a_string_keeps_its_place_and_its_length() -> None:
    text = "x = f'é{a['b']}' + y"
    layout = older(text)
    assert layout is not None
    assert layout.text == "x = f'xxxxxxxxxx' + y"
    assert list(layout.strings) == [(1, 4)]


def test_strings_side_by_side_are_one() -> None:
    layout = older("x = ('a'\n  f'{b['c']}' # d\n  'e')\ny = f'{b['c']}'")
    assert layout is not None
    groups = [[string.text for string in group] for group in layout.strings.values()]
    assert groups == [["'a'", "f'{b['c']}'", "'e'"], ["f'{b['c']}'"]]
    assert list(layout.strings) == [(1, 5), (4, 4)]


def test_no_token_but_the_rewritten_moves() -> None:
    for new, _ in NEW:
        layout = older(new + "; end")
        assert layout is not None
        assert [t.text for t in tokens(layout.text)][-1] == "end"
        assert layout.text.split("\n")[-1].index("end") == (new + "; end").split("\n")[-1].index(
            "end"
        )
