"""What is known of a text from its words alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analyzers.flow import sources
from analyzers.flow.called import calls_of
from analyzers.flow.origin import Level
from analyzers.units import split
from analyzers.vocabulary import code_alone, has_remote, vocabulary

SOURCES = sorted((Path(__file__).parent / "rules" / "fixtures" / "python").glob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_words_of_units_are_those_of_the_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    parts, whole = vocabulary([unit.text for unit in split(text)]), vocabulary([text])
    assert parts.names >= whole.names
    assert parts.called >= whole.called
    assert parts.words == whole.words
    assert parts.is_remote or not whole.is_remote


def test_comments_and_strings_that_stand_alone_are_no_code() -> None:
    text = 'x = 1  # request\n"""\nrequest\n"""\ny = """request"""\nz = "#"  # é\n'
    assert "request" not in code_alone(text).replace('y = """request"""', "")
    assert code_alone(text).count("request") == 1
    assert 'z = "#"' in code_alone(text)
    # It ends what was begun above; what follows is code.
    assert "request" in code_alone('end of it"""\nrequest.args\n')


@pytest.mark.parametrize(
    "text",
    [f"x = {name}()" for name, (level, _) in sources.FUNCTIONS.items() if level is Level.REMOTE]
    + [f"x = {name}" for name in sorted(sources.REQUESTS)]
    + [f"def f({name}): pass" for name in sorted(sources.REQUEST_NAMES)]
    + [f"x.{name}(1)" for name, (level, _) in sources.METHODS.items() if level is Level.REMOTE]
    + [f"@app.{name}(\n    '/x')\ndef f(x): pass" for name in sorted(sources.ROUTES)]
    + [f"@{name}(['GET'])\ndef f(x): pass" for name in sorted(sources.ROUTES_WITHOUT_PATH)]
    + [f"def f(x: a.b.{name}): pass" for name in ("Request", "HttpRequest", "HTTPConnection",
       "WSGIRequest", "WebSocket", "ASGIRequest", "HttpRequestBase")]
    + [f"class A(b.{name}): pass" for name in ("BaseHTTPRequestHandler", "StreamRequestHandler")]
    + ["x = f'{request.args}'", 'x = rf'+'"'*3+'\n{request.args}\n'+'"'*3, "x = fR'{req.q}'"]
    + ["class S(a_grpc.FilesServicer): pass", "def f(environ: dict, start_response): pass"]
    + ["def my_handler(event): pass", "from flask import request as r"],
)  # fmt: skip
def test_every_source_of_the_network_is_seen_in_the_words(text: str) -> None:
    assert has_remote(text)


def test_the_types_above_are_all_that_name_a_request() -> None:
    named = re.findall(r"\w{4,}", sources.REQUEST_TYPES.pattern)
    assert all(has_remote(f"def f(x: {name}): pass") for name in named)


@pytest.mark.parametrize(
    "text",
    ["urllib.request.urlopen(u)", "import urllib.request", "request_id = 1", "# request",
     '@click.option("--x")\ndef f(x): pass', "class RequestError(E): pass", "@wraps(f)",
     "x = 'a request'", 'x = ("a", "request")', "from .request import a\na()"],
)  # fmt: skip
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert not has_remote(text)


def test_a_call_needs_its_last_part_and_where_it_is_from() -> None:
    calls = calls_of(["os.system", ".execute", "eval"])
    for text in (
        "import os\nos.system(x)", "from os import system as s\ns(x)", "db.execute(q)", "eval(x)",
        "f = eval", "from m import execute as e\ne(q)", "db .execute (q)", "db.\\\n  execute(q)",
    ):  # fmt: skip
        assert vocabulary([text]).may_hold(calls), text
    for text in ("re.eval(x)", "x.system(y)", "execute = 1", "import os", '"""eval(x)"""', "#eval"):
        assert not vocabulary([text]).may_hold(calls), text


def test_the_import_may_stand_in_another_part() -> None:
    calls = calls_of(["os.system"])
    part = vocabulary(["def f(x):\n    o.system(x)\n"])
    assert not part.may_hold(calls)
    assert part.may_hold(calls, vocabulary(["import os as o\n"]).joined(part))
