"""What identifiers say."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.patterns.names import identifiers, purpose, uses, words_of


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ("sessionToken", ["session", "token"]), ("SESSION_TOKEN", ["session", "token"]),
        ("session-token2", ["session", "token", "2"]), ("HTTPServer", ["http", "server"]),
        ("APIKey", ["api", "key"]), ("x", ["x"]), ("__", []), ("", []),
    ],
)  # fmt: skip
def test_an_identifier_is_split_into_its_words(identifier: str, words: list[str]) -> None:
    assert words_of(identifier) == words


def call_of(text: str) -> tuple[Code, ast.Call]:
    code = Code(text, ast.parse(text))
    (call,) = [call for call in code.nodes(ast.Call) if code.name(call.func) == "ask"]
    return code, call


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("token = ask()", ["token"]), ("self.token = ask()", ["token"]),
        ("form['token'] = ask()", ["token", "form"]), ("send(token=ask())", ["token", "send"]),
        ("a, b = ask()", ["a", "b"]), ("x = {'token': ask(), 'other': 1}", ["token", "x"]),
        ("token: str = ask()", ["token"]), ("token += [ask()]", ["token"]),
        ("x = ''.join(ask() for _ in y)", ["join", "x"]), ("ask()", []), ("ask().token", []),
        ("for token in ask():\n    pass", []),
    ],
)  # fmt: skip
def test_the_uses_of_a_value_are_named_within_its_statement(text: str, names: list[str]) -> None:
    assert list(uses(*call_of(text))) == names


def test_the_purpose_is_also_that_of_the_functions_around() -> None:
    text = "def make_token():\n    def inner():\n        x = ask()\n"
    assert list(purpose(*call_of(text))) == ["x", "inner", "make_token"]


def test_the_identifiers_of_an_expression_are_its_names() -> None:
    assert set(identifiers(ast.parse("a.b(c, d=e['f'])"))) == {"a", "b", "c", "d", "e"}
