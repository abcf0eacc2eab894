"""Flows whose parts are joined by names that no pattern finds, and by functions far away."""

from __future__ import annotations

import pytest

from analyzers.check import Insertion, check_prefixes
from analyzers.finding import Span
from analyzers.report import Report

HEAD = "from flask import Flask, request\nimport os, shlex\napp = Flask(__name__)\n"
ROUTE = '@app.route("/a")\ndef v():\n    a = 1\n'
USE = f"{ROUTE}    @@run(request.args['c'])@@\n"
SHELL = "class B:\n    def ex(self, c):\n        os.system(c)\n"
ENDS = "def src():\n    return request.args['c']\ndef run(c):\n    os.system(c)\n"


def checked(document: str, head: str = HEAD) -> Report:
    """The report on what stands between two @@ in a document."""
    before, text, after = (head + document).split("@@")
    return check_prefixes(before + after, Insertion(Span(len(before), len(before)), text), "python")


BOUND = {
    "tuple in brackets": f"(a, run) = 1, os.system\n{USE}",
    "list": f"[a, run] = 1, os.system\n{USE}",
    "over two lines": f"(a,\n run) = 1, os.system\n{USE}",
    "loop": f"for name, run in [('x', os.system)]:\n    pass\n{USE}",
    "match": f"match os.system:\n    case run:\n        pass\n{USE}",
    "assignment expression": f"print(run := os.system)\n{USE}",
    "global in an inner function": "def setup():\n    def inner():\n        global run\n"
    f"        run = os.system\n    inner()\nsetup()\n{USE}",
    "global over two lines": "def setup():\n    global stop, \\\n        run\n"
    f"    run = os.system\nsetup()\n{USE}",
    "def over two lines": f"def \\\n  run(c):\n    os.system(c)\n{USE}",
    "list that a function fills": "Q = []\ndef setup():\n    Q.append(os.system)\nsetup()\n"
    f"{ROUTE}    @@Q[0](request.args['c'])@@\n",
    "list that is given to a function": "Q = []\ndef add(q, f):\n    q.append(f)\n"
    f"add(Q, os.system)\n{ROUTE}    @@Q[0](request.args['c'])@@\n",
    "statement behind another": f"Q = []\nx = 1; Q.append(os.system)\n{ROUTE}"
    "    @@Q[0](request.args['c'])@@\n",
}
HANDED = {
    "function that stands open": "def run(c):\n    os.system(c)\n"
    '@app.route("/<name>")\ndef v(name):\n    @@run(name)@@\n',
    "cleaner that stands open": f"def clean(c):\n    @@return c@@\n{ROUTE}"
    "    os.system(clean(request.args['c']))\n",
    "both ends elsewhere": f"{ENDS}{ROUTE}    @@run(src())@@\n",
    "both ends elsewhere, of a line of the file": f"{ENDS}@@run(src())@@\n",
    "both ends elsewhere, of a middle function": f"{ENDS}def w(c):\n    b = 1\n    @@run(c)@@\n"
    f"{ROUTE}    w(src())\n",
    "chain of four": "".join(f"def f{i}(x):\n    return f{i + 1}(x)\n" for i in range(1, 4))
    + f"def f4(x):\n    os.system(x)\n{ROUTE}    @@f1(request.args['c'])@@\n",
    "long function": "def run(c):\n" + "    a = 1\n" * 160 + f"    os.system(c)\n{USE}",
    "many users": "".join(
        f"def u{i}():\n    a = request.args['a']\n    return helper(a)\n" for i in range(50)
    )
    + "def helper(x):\n    b = 1\n    @@return os.popen(x)@@\n",
}
RECORDS = {
    "dataclass": f"@dataclass\nclass P:\n    a: str\n    b: str\n{ROUTE}"
    "    p = P('a', @@request.args['c']@@)\n    os.system(p.b)\n",
    "fields of two classes": "@dataclass\nclass O:\n    a: str\nclass M(O):\n    pass\n@dataclass\n"
    f"class P(M):\n    b: str\n{ROUTE}    p = P('a', @@request.args['c']@@)\n    os.system(p.b)\n",
    "named tuple handed on": "class P(NamedTuple):\n    a: str\n    b: str\ndef go(p):\n"
    f"    os.system(p.b)\n{ROUTE}    @@go(P('a', request.args['c']))@@\n",
    "method": "@dataclass\nclass P:\n    a: str\n    b: str\n    def run(self):\n"
    f"        os.system(self.b)\n{ROUTE}    @@P('a', request.args['c']).run()@@\n",
}
CLASSES = {
    "object that is given to another": "class D:\n    def q(self, s):\n        @@os.system(s)@@\n"
    "class R:\n    def __init__(self, d):\n        self.d = d\n    def find(self, s):\n"
    f"        self.d.q(s)\nr = R(D())\n{ROUTE}    r.find(request.args['c'])\n",
    "field in a tuple": "class A:\n    def __init__(self):\n        b = 1\n"
    "        @@self.a, self.cmd = 1, request.args['c']@@\n    def go(self):\n"
    "        os.system(self.cmd)\n",
    "field of a loop": "class A:\n    def __init__(self):\n        b = 1\n"
    "        @@for self.cmd in request.args.values():\n            pass@@\n    def go(self):\n"
    "        os.system(self.cmd)\n",
    "class in the middle": f"{SHELL}class M(B):\n    pass\nclass A(M):\n    def v(self):\n"
    "        a = 1\n        @@self.ex(request.args['c'])@@\n",
    "base under another name": f"{SHELL}C = B\nD = C\nclass A(D):\n    def v(self):\n"
    "        a = 1\n        @@self.ex(request.args['c'])@@\n",
    "object that makes another": f"{SHELL}class S:\n    def __init__(self):\n        self.b = B()\n"
    "    def q(self, c):\n        self.b.ex(c)\nclass R:\n    def __init__(self):\n"
    "        self.s = S()\n    def find(self, c):\n        self.s.q(c)\nr = R()\n"
    f"{ROUTE}    @@r.find(request.args['c'])@@\n",
}


@pytest.mark.parametrize("document", BOUND.values(), ids=BOUND)
def test_a_name_is_found_however_it_is_bound(document: str) -> None:
    assert checked(document).verdict == "block"


@pytest.mark.parametrize("document", HANDED.values(), ids=HANDED)
def test_a_flow_is_followed_to_its_ends(document: str) -> None:
    assert checked(document).verdict == "block"


@pytest.mark.parametrize("document", CLASSES.values(), ids=CLASSES)
def test_a_flow_through_objects_is_found(document: str) -> None:
    assert checked(document).verdict == "block"


@pytest.mark.parametrize("document", RECORDS.values(), ids=RECORDS)
def test_what_is_given_by_position_is_found_in_its_field(document: str) -> None:
    head = f"{HEAD}from dataclasses import dataclass\nfrom typing import NamedTuple\n"
    assert checked(document, head).verdict == "block"


def test_what_is_given_to_another_field_is_not_accused() -> None:
    document = (
        f"@dataclass\nclass P:\n    a: str\n    b: str\n{ROUTE}"
        "    @@p = P(request.args['c'], 'ls')\n    os.system(p.b)@@\n"
    )
    assert checked(document, f"{HEAD}from dataclasses import dataclass\n").verdict != "block"


@pytest.mark.parametrize(
    "document",
    [
        "@@from tornado.web import RequestHandler@@\nimport os\nclass P(RequestHandler):\n"
        "    def get(self):\n        os.system(self.get_argument('n'))\n",
        "from http.server import BaseHTTPRequestHandler\nimport os\n"
        "class P(@@BaseHTTPRequestHandler@@):\n    def do_GET(self):\n"
        "        os.system(self.path)\n",
    ],
    ids=["import", "base"],
)
def test_what_makes_a_class_a_handler_concerns_its_methods(document: str) -> None:
    assert checked(document, "").verdict == "block"


def test_lines_that_end_as_on_old_systems_are_read() -> None:
    text = "def run(c):\n    os.system(c)\n" + USE
    assert checked(text.replace("\n", "\r"), HEAD.replace("\n", "\r")).verdict == "block"


def test_a_parser_of_a_function_that_a_view_calls_is_found() -> None:
    head = "from django.http import HttpResponse\nfrom lxml import etree\n"
    document = (
        "def parse(body):\n    p = etree.XMLParser(resolve_entities=True)\n"
        "    return etree.fromstring(body, p)\n"
        "def v(request):\n    @@return parse(request.body)@@\n"
    )
    assert checked(document, head).verdict == "block"


def test_what_was_unread_elsewhere_is_not_blamed_on_the_insertion() -> None:
    broken = "def w():\n    os.system(request.args['c']\n\n\ndef u():\n    b = 1\n    @@c = 2@@\n"
    assert checked(broken).verdict != "block"


def test_a_name_in_nested_quotes_of_newer_python_is_found() -> None:
    document = (
        f"def helper(x):\n    os.system(x)\n{ROUTE}    c = request.args['y']\n"
        '    @@z = f"ls {a["c"]} {helper(c)}"@@\n'
    )
    assert checked(document).verdict == "block"
