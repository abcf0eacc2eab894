"""What is said to be open is no script, and what could be one is not said to be open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.finding import Span
from analyzers.javascript.grammars import Dialect, parse
from analyzers.javascript.openness import open_ends

_PIECES = (
    "f(a, [b]);", "x = 'a(b';", "x = `a${b(c)}d`;", "x = /a(b/.test(c);", "// it's (\n", "/* ( */",
    "if (a) { b; }", "{ a; }", "x = a", "(b);", "class A { #q() { return 1; } }", '"a\\\nb";',
    "x = <b a='{'>{c}</b>;", "x = a /", "b / (c);", "é('é');",
)  # fmt: skip


@given(
    st.lists(st.sampled_from(_PIECES), max_size=2),
    st.lists(st.sampled_from(_PIECES), min_size=1, max_size=3),
    st.lists(st.sampled_from((*_PIECES, "\n", "\n/a/.test(b);", "' + 'c';")), max_size=2),
    st.sampled_from(("javascript", "tsx")),
)
def test_no_beginning_that_is_said_to_be_open_is_a_script(
    above: list[str], inside: list[str], below: list[str], dialect: Dialect
) -> None:
    before, part, after = ("\n".join(each).encode() for each in (above, inside, below))
    whole = parse(before + part + after, dialect)
    if whole.tree.root_node.has_error:
        return
    start = len(before)
    ends = range(start + 1, start + len(part))
    found = open_ends(whole, Span(start, start + len(part)), ends)
    for end, is_open in zip(ends, found, strict=True):
        if is_open:
            cut = parse(before + part[: end - start] + after, dialect)
            assert cut.tree.root_node.has_error


@pytest.mark.parametrize(
    ("text", "end", "is_open"),
    [
        ("f(a);", 2, True),
        ("f(a);", 4, False),
        ("x = 'ab';", 6, True),
        ("f(a) + g(b);", 4, False),
        ("x = `a(b`;", 8, False),
    ],
)
def test_a_beginning_in_brackets_or_a_string_of_its_own_is_open(
    text: str, end: int, is_open: bool
) -> None:
    data = text.encode()
    assert open_ends(parse(data, "javascript"), Span(0, len(data)), [end]) == [is_open]
