"""Tokens, compared with the host's tokenizer, and the fields of f-strings."""

from __future__ import annotations

import io
import token as kinds
import tokenize
from pathlib import Path

import pytest

from analyzers.reading import tokens as module
from analyzers.reading.tokens import MOST_NESTED_STRINGS, Unreadable, tokens


@pytest.mark.parametrize(
    "path", [Path(module.__file__), Path(tokenize.__file__)], ids=lambda p: p.name
)
def test_strings_and_names_are_those_of_the_host(path: str) -> None:
    text = Path(path).read_text()
    host = [
        found.string
        for found in tokenize.generate_tokens(io.StringIO(text).readline)
        if found.type in (kinds.STRING, kinds.NAME)
    ]
    ours = [found.text for found in tokens(text) if found.kind in ("string", "name")]
    assert [name for name in ours if not name[0].isdigit()] == host


def test_a_field_holds_strings_in_the_quotes_of_its_own() -> None:
    (string,) = (t for t in tokens("f'a{b['c']!r:>{d}}e{f=}'") if t.kind == "string")
    first, second = string.fields or ()
    text = string.text
    assert text[first.start : first.end] == "{b['c']!r:>{d}}"
    assert text[first.start + 1 : first.expression_end] == "b['c']"
    assert [text[inner.start : inner.end] for inner in first.fields] == ["{d}"]
    assert text[second.start + 1 : second.debug_end] == "f="
    assert (first.is_modern, second.is_modern) == (True, False)


@pytest.mark.parametrize(
    ("text", "expressions"),
    [
        ("f'{a != b}'", ["a != b"]),
        ("f'{a == b}'", ["a == b"]),
        ("f'{(a := 1)}'", ["(a := 1)"]),
        ("f'{a:=5}'", ["a"]),
        ("f'{ {1: 2}[1] }'", [" {1: 2}[1] "]),
        ("f'{{}} {{{a}}}'", ["a"]),
        (r"f'\N{DIGIT ONE}{a}'", ["a"]),
        (r"rf'\N{a}'", ["a"]),
        (r"f'\{a}'", ["a"]),
        (r"f'{a:\N{DIGIT ONE}}'", ["a"]),
        ('f"""{\na # }\n}"""', ["\na # }\n"]),
        ("f'{a[\"'\"]}'", ['a["\'"]']),
    ],
)
def test_a_field_ends_where_python_ends_it(text: str, expressions: list[str]) -> None:
    (string,) = tokens(text)
    fields = string.fields or ()
    assert [text[field.start + 1 : field.expression_end] for field in fields] == expressions


@pytest.mark.parametrize(
    "text",
    ["'a", '"""a', "f'{", "f'{a", "f'}'", "f'{a)}'", "f'a\n'", "f'{a:{b}'", "f'{a!}'"],
)
def test_what_has_no_end_is_said_with_its_place(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        list(tokens("x = " + text))
    assert 4 <= caught.value.offset < 4 + len(text)


def test_strings_may_nest_to_a_limit() -> None:
    deep = MOST_NESTED_STRINGS - 1
    assert len(list(tokens("f'{" * deep + "1" + "}'" * deep))) == 1
    with pytest.raises(Unreadable, match="too deeply"):
        list(tokens("f'{" * 99 + "1" + "}'" * 99))
