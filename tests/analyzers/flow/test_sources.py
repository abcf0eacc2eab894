from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.rules.python import command_injection

_HIGH = (
    "from flask import request\ndef f():\n    os.system(request.form['a'])",
    "from flask import request as r\ndef f():\n    os.system(r.headers.get('a'))",
    "import flask\ndef f():\n    os.system(flask.request.values['a'])",
    "import django\ndef view(request):\n    os.system(request.POST['a'])",
    "import django\ndef view(request):\n    os.system(request.META.get('HTTP_X'))",
    "import django\nclass V(View):\n"
    "    def get(self, request):\n        os.system(request.GET['a'])",
    "import django\nclass V(View):\n    def get(self):\n        os.system(self.request.GET['a'])",
    "@app.get('/{name}')\ndef f(name: str):\n    os.system(name)",
    "@router.post('/')\nasync def f(item: Item):\n    os.system(item.name)",
    "@app.route('/<name>')\ndef f(name):\n    os.system(name)",
    "import starlette\nasync def f(r: Request):\n    os.system((await r.json())['a'])",
    "from aiohttp import web\nasync def f(request):\n    os.system(request.match_info['a'])",
    "import tornado.web\nclass H(RequestHandler):\n"
    "    def get(self):\n        os.system(self.get_argument('a'))",
    "import http.server as s\nclass H(s.BaseHTTPRequestHandler):\n"
    "    def do_GET(self):\n        os.system(self.path)",
    "from bottle import request\ndef f():\n    os.system(request.query.a)",
    "import cgi\nform = cgi.FieldStorage()\nos.system(form.getvalue('a'))",
    "import socket\ndef f(sock):\n    os.system(sock.recv(10).decode())",
    "def lambda_handler(event, context):\n    os.system(event['a'])",
    "def application(environ, start_response):\n    os.system(environ['PATH_INFO'])",
    "import streamlit as st\nos.system(st.text_input('host'))",
    "import x_pb2_grpc\nclass S(x_pb2_grpc.FilesServicer):\n"
    "    def Fetch(self, request, context):\n        os.system(request.name)",
    "import strawberry\n@strawberry.field\ndef resolve(name: str):\n    os.system(name)",
)
_MEDIUM = (
    "def send(request):\n    os.system(request.url)",
    "def f(connection):\n    os.system(connection.recv())",
    "import sys\nos.system(sys.argv[1])",
    "os.system(input())",
    "import argparse\na = argparse.ArgumentParser().parse_args()\nos.system(a.name)",
    "import requests\nos.system(requests.get('http://x').text)",
    "os.system(os.environ['A'])",
    "def f(a):\n    os.system(a)",
    "class C:\n    def f(self):\n        os.system(self.a)",
    "os.system(elsewhere.COMMAND)",
)
_NONE = (
    "from flask import request\ndef f():\n    os.system(request.args.get('a', type=int))",
    "@app.route('/fixed')\ndef f():\n    os.system(request.path)",
    "@app.route('/<int:number>')\ndef f(number):\n    os.system(f'sleep {number}')",
    "@app.get('/{n}')\ndef f(n: int):\n    os.system(f'sleep {n}')",
    "@app.get('/{n}')\ndef f(n: int | None = None):\n    os.system(f'sleep {n}')",
    "@app.get('/{n}')\ndef f(n: Literal['a', 'b']):\n    os.system(n)",
    "def f(a: float):\n    os.system(f'sleep {a}')",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, ["high"]) for text in _HIGH),
        *((text, ["medium"]) for text in _MEDIUM),
        *((text, []) for text in _NONE),
    ],
)
def test_a_source_is_as_sure_as_it_is_foreign(text: str, expected: list[str]) -> None:
    text = "import os\n" + text
    found = command_injection.find(Code(text, ast.parse(text)))
    assert [finding.confidence for finding in found] == expected
