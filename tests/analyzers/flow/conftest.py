"""A handler of a request whose body a test writes; what it runs in a shell is judged."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable

import pytest

from analyzers.code import Code
from analyzers.finding import Confidence
from analyzers.rules.python import command_injection

_PROGRAM = """\
import os
from flask import request, Flask
app = Flask(__name__)
{top}
@app.get("/")
def handler(unseen):
    name = request.args["name"]
    other = request.args["other"]
{body}
"""

Judge = Callable[..., list[Confidence]]


@pytest.fixture(scope="session")
def judge() -> Judge:
    """How sure the rule is of each `os.system` of the body, in the order of the text."""

    def judged(body: str, top: str = "") -> list[Confidence]:
        body = textwrap.indent(textwrap.dedent(body), "    ")
        text = _PROGRAM.format(top=textwrap.dedent(top), body=body)
        found = command_injection.find(Code(text, ast.parse(text)))
        return [finding.confidence for finding in sorted(found, key=lambda f: f.span)]

    return judged
