from __future__ import annotations

import ast
import textwrap

import pytest

from analyzers.code import Code
from analyzers.rules.python import open_redirect

_PROGRAM = """\
from urllib.parse import urlsplit
from flask import Flask, redirect, request
app = Flask(__name__)
@app.get("/")
def handler():
    target = request.args["next"]
    other = request.args["other"]
    parts = urlsplit(target)
    if {condition}:
        return redirect(target)
    return ""
"""
_AT_HOME = (
    "not urlsplit(target).netloc",
    "not parts.netloc and not parts.scheme",
    "not (parts.scheme or parts.netloc)",
    "parts.hostname == 'example.org'",
    "target[:1] == '/' and target[1:2] != '/'",
    "target[0] == '/' and target[1] not in ('/', '\\\\')",
    "target[0] == '/' and target[1:2] not in '/\\\\'",
    "target.startswith('/') and target[:2] != '//'",
    "target.startswith('/') and target[0:2] not in {'//', '/a'}",
)
_ANYWHERE = (
    "urlsplit(target).netloc",
    "not parts.path",
    "not parts.scheme",
    "not urlsplit(other).netloc",
    "target[:1] == '/'",
    "target[1:2] != '/'",
    "target[:1] == '/' and target[2:3] != '/'",
    "target[:1] == '/' and target[1:2] == '/'",
    "target[:1] != '/' and target[1:2] != '/'",
    "target[:1] == '/' and target[1:2] != 'a'",
    "target[:1] == '/' and other[1:2] != '/'",
    "target[0] == '/' and target[1] not in other",
)


def accused(condition: str) -> bool:
    text = textwrap.dedent(_PROGRAM.format(condition=condition))
    return bool(list(open_redirect.find(Code(text, ast.parse(text)))))


@pytest.mark.parametrize("condition", _AT_HOME)
def test_what_names_no_host_stays_at_home(condition: str) -> None:
    assert not accused(condition)


@pytest.mark.parametrize("condition", _ANYWHERE)
def test_what_may_name_a_host_does_not(condition: str) -> None:
    assert accused(condition)
