from __future__ import annotations

import pytest

from analyzers.check import scan

_TOP = """\
import html, os, shlex
from urllib.parse import quote
from flask import Flask, request
from helpers import clean, sanitize
app = Flask(__name__)

@app.get("/")
def page():
    x = request.args["x"]
    e = html.escape(x)
"""


def _found(line: str) -> list[tuple[str, str]]:
    return [(f.rule, f.confidence) for f in scan(f"{_TOP}    {line}\n", "python").findings]


@pytest.mark.parametrize(
    "page",
    [
        """f"<script>go('{e}')</script>\"""",
        """'<script type="module">x=' + e""",
        """"<a href=" + e + ">\"""",
        """f"<input value={e}>\"""",
        """'<a onclick="go(\\'%s\\')">' % e""",
    ],
)
def test_what_is_escaped_for_text_is_not_for_code_or_without_quotes(page: str) -> None:
    assert _found(f"return {page}") == [("cross-site-scripting", "high")]


@pytest.mark.parametrize("page", ["""f"<a href='{e}'>\"""", """'<iframe src="' + e + '">'"""])
def test_an_address_that_is_all_of_somebody_else_may_be_script(page: str) -> None:
    assert _found(f"return {page}") == [("cross-site-scripting", "medium")]
    checked = "if not x.startswith(('http://', 'https://')): return ''"
    assert _found(f"{checked}\n    e = html.escape(x)\n    return {page}") == []


@pytest.mark.parametrize(
    "page",
    [
        """f"<p title='{e}'>{e}</p>\"""",
        """f"<a href='/find?q={e}'>\"""",
        """f"<a href='{quote(x)}'>\"""",
        """f"<script>start()</script><p>{e}</p>\"""",
        """f"a < b and c = {e}\"""",
        """'<a href="' + html.escape(quote(x)) + '">'""",
    ],
)
def test_elsewhere_it_is(page: str) -> None:
    assert _found(f"return {page}") == []


def test_what_is_quoted_for_a_shell_is_not_within_other_quotes() -> None:
    assert _found("os.system('ls \"' + shlex.quote(x) + '\"')") == [("command-injection", "high")]
    assert _found("os.system(f\"sh -c 'ls {shlex.quote(x)}'\")") == [("command-injection", "high")]
    assert _found("os.system('ls \"a b\" ' + shlex.quote(x) + ' \"c\"')") == []


@pytest.mark.parametrize("name", ["clean", "sanitize"])
def test_who_cleans_a_text_does_not_say_that_a_shell_may_read_it(name: str) -> None:
    assert _found(f"os.system('ls ' + {name}(x))") == [("command-injection", "medium")]
    assert _found(f"return '<p>' + {name}(x)") == []


@pytest.mark.parametrize(("bases", "n"), [("B, A", 3), ("A, B", 1)])
def test_what_an_earlier_base_says_goes_first(bases: str, n: int) -> None:
    text = (
        "import os, shlex\nfrom flask import Flask, request\napp = Flask(__name__)\n"
        "class A:\n    def c(self, x): return shlex.quote(x)\n"
        "class B:\n    def c(self, x): return x\n"
        f"class D({bases}):\n    def own(self, x): return super().c(x)\n"
        "class E(D):\n    def c(self, x): return x\n"
        "class F(E):\n    def last(self, x): return super().c(x)\n"
        "@app.get('/x')\ndef v():\n    x = request.args['n']\n"
        "    os.system('ls ' + D().c(x))\n    os.system('ls ' + D().own(x))\n"
        "    os.system('ls ' + F().last(x))\n"
    )
    assert len(scan(text, "python").findings) == n
