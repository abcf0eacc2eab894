"""What answers requests is known by its decorator, its name or what it is given."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.patterns.handlers import answers_requests


@pytest.mark.parametrize(
    ("head", "answers"),
    [
        ("@app.route('/a')\ndef f():", True),
        ("@router.get('/a/{b}')\nasync def f(b):", True),
        ("def f(request, pk):", True),
        ("def f(r: HttpRequest):", True),
        ("def do_POST(self):", True),
        ("def test_f(request):", False),
        ("@cache.get('a')\ndef f():", False),
        ("def f(user):", False),
        ("def do_it(self):", False),
    ],
)
def test_a_function_is_known_by_how_it_is_written(head: str, answers: bool) -> None:
    text = f"{head}\n    assert x\n"
    code = Code(text, ast.parse(text))
    (node,) = code.nodes(ast.Assert)
    assert answers_requests(code, node) is answers


def test_the_top_of_a_file_answers_nothing() -> None:
    code = Code("assert x\n", ast.parse("assert x\n"))
    assert not answers_requests(code, code.tree.body[0])
