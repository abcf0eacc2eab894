"""How a file says no."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.fixes.refusing import refusal_of

_FLASK = "from flask import Flask, abort\napp = Flask(__name__)\n"
_VIEW = "@app.get('/')\ndef view():\n    inner()\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_FLASK + "@app.get('/')\ndef inner():\n    pass\n", "abort(400)"),
        (_FLASK + "def inner():\n    pass\n" + _VIEW, "abort(400)"),
        (_FLASK + "def inner():\n    pass\n", 'raise ValueError("no")'),
        (_FLASK + "def inner():\n    pass\ninner()\n" + _VIEW, 'raise ValueError("no")'),
        ("def inner():\n    pass\n", 'raise ValueError("no")'),
        (
            "from fastapi import HTTPException\ndef inner():\n    pass\n",
            'raise HTTPException(status_code=400, detail="no")',
        ),
    ],
)
def test_the_framework_answers_where_only_requests_lead(text: str, said: str) -> None:
    code = Code(text, ast.parse(text))
    inner = next(
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.FunctionDef) and node.name == "inner"
    )
    assert refusal_of(code, inner.body[0], 400, "no")[0] == said
