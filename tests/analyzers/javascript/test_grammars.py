"""A tree made from another one is the tree of the text itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.javascript.grammars import dialect_of, parse

_PARTS = st.sampled_from(
    ["f(a, b);", "const x = `${y}é`;\n", "if (a) { b(); }\n", "// c\n", "x.y = 1\n"]
)


def test_each_language_has_a_grammar_that_reads_what_only_it_has() -> None:
    texts = {
        "javascript": "const x = <a>b</a>;",
        "javascriptreact": "const x = <a b={c} />;",
        "typescript": "const x = <string>y; enum E { A }",
        "typescriptreact": "const x: string = y as string; const z = <a />;",
    }
    for language, text in texts.items():
        assert not parse(text.encode(), dialect_of(language)).tree.root_node.has_error
    assert parse(texts["typescript"].encode(), "javascript").tree.root_node.has_error
    with pytest.raises(ValueError, match="cobol"):
        dialect_of("cobol")


@given(*[st.lists(_PARTS, max_size=size) for size in (6, 4, 4, 6)])
def test_parsing_like_another_gives_what_parsing_alone_gives(
    start: list[str], old: list[str], new: list[str], end: list[str]
) -> None:
    before = parse("".join([*start, *old, *end]).encode(), "javascript")
    data = "".join([*start, *new, *end]).encode()
    like = parse(data, "javascript", before)
    assert str(like.tree.root_node) == str(parse(data, "javascript").tree.root_node)
    assert like.tree.root_node.end_byte == len(data)


@given(*[st.lists(_PARTS, max_size=size) for size in (6, 4, 4, 6)])
def test_a_change_says_where_two_texts_differ(
    start: list[str], old: list[str], new: list[str], end: list[str]
) -> None:
    before = parse("".join([*start, *old, *end]).encode(), "javascript")
    data = "".join([*start, *new, *end]).encode()
    like = parse(data, "javascript", before)
    if like is not before and like.change is not None:
        change = like.change
        assert data[: change.start] == before.data[: change.start]
        assert data[change.new_end :] == before.data[change.old_end :]
        assert like.like is before
