"""Flows that only the surroundings of an insertion complete, and beginnings that stand in them."""

from __future__ import annotations

import pytest

from analyzers.check import Insertion, check_prefixes
from analyzers.finding import Span
from analyzers.report import Report

HEAD = "from flask import Flask, request\nimport os, shlex\napp = Flask(__name__)\n"
ROUTE = '@app.route("/a")\ndef v():\n    a = 1\n'
SINK = "class B:\n    def ex(self, c):\n        os.system(c)\n"


def checked(document: str) -> Report:
    """The report on what stands between two @@ in a document."""
    before, text, after = (HEAD + document).split("@@")
    span = Span(len(before), len(before))
    return check_prefixes(before + after, Insertion(span, text), "python")


@pytest.mark.parametrize(
    "document",
    [
        f"{SINK}b = B()\n{ROUTE}    @@b.ex(request.args['c'])@@\n",
        f"{SINK}class A(B):\n    pass\n{ROUTE}    @@A().ex(request.args['c'])@@\n",
        "def f():\n    a = 1\n    @@return request.args['c']@@\ndef g():\n    return f()\n"
        f"{ROUTE}    os.system(g())\n",
        "def clean(x):\n    a = 1\n    @@return x@@\n"
        f"{ROUTE}    os.system(clean(request.args['c']))\n",
    ],
    ids=["object of the file", "inherited method", "wrapper", "middle link"],
)
def test_a_flow_through_the_file_blocks(document: str) -> None:
    assert checked(document).verdict == "block"


@pytest.mark.parametrize(
    ("document", "prefix"),
    [
        (
            f"{ROUTE}    c = request.args['q']\n    os.system(\n"
            "        @@c if c in ('ls', 'pwd') else 'ls'@@\n    )\n",
            "c",
        ),
        (
            f"{ROUTE}    [\n        os.system(x)\n"
            "        @@for x in request.args.values() if x.isdigit()@@\n    ]\n",
            "for x in request.args",
        ),
        (
            f"{ROUTE}    c = request.args['c']\n    run = print\n"
            "    @@run = os.system\n    c = shlex.quote(c)@@\n    run('ls ' + c)\n",
            "run = os.system",
        ),
    ],
    ids=["open bracket above", "comprehension", "function under another name"],
)
def test_a_beginning_that_the_lines_around_complete_blocks(document: str, prefix: str) -> None:
    report = checked(document)
    assert report.verdict == "block"
    assert report.prefix == prefix
