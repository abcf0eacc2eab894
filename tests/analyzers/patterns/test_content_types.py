from __future__ import annotations

import ast
import textwrap

import pytest

from analyzers.code import Code
from analyzers.patterns.content_types import says_no_page


def _says(body: str) -> bool:
    text = "def do_GET(self):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    code = Code(text, ast.parse(text))
    calls = [node for node in code.nodes(ast.Call) if code.source(node).startswith("self.write")]
    return says_no_page(code, calls[-1])


@pytest.mark.parametrize(
    "body",
    [
        'self.set_header("Content-Type", "application/json")\nself.write(a)',
        'self.send_header("content-type", "text/plain")\nif a:\n    self.write(a)',
        'self.set_header("Content-Type", "text/html")\n'
        'self.set_header("Content-Type", "text/csv")\nself.write(a)',
    ],
)
def test_an_answer_with_another_type_is_no_page(body: str) -> None:
    assert _says(body)


@pytest.mark.parametrize(
    "body",
    [
        "self.write(a)",
        'self.set_header("X-Kind", "text/plain")\nself.write(a)',
        'self.set_header("Content-Type", kind)\nself.write(a)',
        'self.set_header("Content-Type", "image/svg+xml")\nself.write(a)',
        'if b:\n    self.set_header("Content-Type", "text/plain")\nself.write(a)',
        'self.write(a)\nself.set_header("Content-Type", "text/plain")',
        'self.set_header("Content-Type", "text/plain")\n'
        'if b:\n    self.set_header("Content-Type", "text/html")\nself.write(a)',
    ],
)
def test_an_answer_that_may_be_html_is_a_page(body: str) -> None:
    assert not _says(body)
