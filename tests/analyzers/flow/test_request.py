from __future__ import annotations

import pytest

from analyzers.check import scan


def _found(text: str) -> list[tuple[str, str]]:
    return [(f.rule, f.confidence) for f in scan(text, "python").findings]


@pytest.mark.parametrize("name", ["request", "req"])
def test_a_parameter_is_no_request_only_because_of_its_name(name: str) -> None:
    text = f"import os, requests\n\ndef f({name}):\n    return os.path.exists({name})\n"
    assert _found(text) == []
    assert _found(text.replace(f"exists({name})", f"exists({name}.url)")) == []


@pytest.mark.parametrize("module", ["django.shortcuts", "tornado.web", "werkzeug.wrappers"])
def test_it_is_one_where_a_framework_is_imported(module: str) -> None:
    text = f"import os\nfrom {module} import x\n\ndef f(request):\n    os.system(request.data)\n"
    assert _found(text) == [("command-injection", "high")]


def test_it_is_one_where_a_decorator_or_a_class_says_so() -> None:
    body = "os.system(request.data)\n"
    route = f"import os\n@app.post('/run')\ndef f(request):\n    {body}"
    view = f"import os\nclass V(base.APIView):\n    def post(self, request):\n        {body}"
    assert _found(route) == [("command-injection", "high")]
    assert _found(view) == [("command-injection", "medium")]


def test_what_only_servers_ask_of_a_request_tells_too() -> None:
    text = "import os\n\ndef f(request):\n    os.system(request.{})\n"
    assert _found(text.format("GET['a']")) == [("command-injection", "medium")]
    assert _found(text.format("get_argument('a')")) == [("command-injection", "medium")]
    sent = "import requests\n\ndef f(req):\n    return eval_later(req.url)\n"
    assert _found(sent) == []


@pytest.mark.parametrize("annotation", ["Kind", "Kind | None", "Optional[Kind]"])
def test_a_word_of_an_enumeration_is_one_of_the_files_own(annotation: str) -> None:
    text = (
        "from enum import Enum\nfrom typing import Optional\nfrom fastapi import FastAPI\n"
        "app = FastAPI()\nclass Kind(str, Enum):\n    a = 'a'\n\n"
        f"@app.get('/x')\ndef f(kind: {annotation}):\n    return open(f'/srv/{{kind}}').read()\n"
    )
    assert _found(text) == []
    assert _found(text.replace("str, Enum", "str")) == [("path-traversal", "high")]
