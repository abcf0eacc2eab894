"""Which calls are followed far: those that may have to do with data from the network."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.finding import Span
from analyzers.flow.analysis import analysis

CHAIN = """\
import subprocess
from flask import request, Flask
app = Flask(__name__)


def first(value):
    return second(value)


def second(value):
    return third(value)


def third(value):
    return fourth(value)


def fourth(value):
    subprocess.run(value, shell=True)


@app.route("/")
def entry():
    BODY
"""


def followed(text: str, *, focused: bool = True, may_be_remote: bool = True) -> list[bool]:
    """For each time that `run` was reached from `entry`, whether with data from the network."""
    focus = Span(text.index("def entry"), len(text)) if focused else None
    code = Code(text, ast.parse(text), focus)
    code.may_be_remote = may_be_remote
    calls = analysis(code).calls(["run"])
    return [any(t.origin.level == 3 for t in call.arguments[0].taints) for call in calls]


def test_a_request_is_followed_to_the_end_of_a_chain() -> None:
    assert True in followed(CHAIN.replace("BODY", 'first(request.args["a"])'))


def test_what_is_of_unknown_origin_is_followed_no_further_than_the_next_calls() -> None:
    assert followed(CHAIN.replace("BODY", "first(given)")) == []


def test_in_a_whole_text_all_is_followed() -> None:
    assert followed(CHAIN.replace("BODY", "first(given)"), focused=False)


def test_where_the_words_name_no_request_nothing_is_followed_far() -> None:
    text = CHAIN.replace("BODY", 'first(request.args["a"])')
    assert followed(text, may_be_remote=False) == []


@pytest.mark.parametrize(
    "more",
    [
        # It enters at the far end.
        ("third(value)\n", 'third(request.args["a"])\n'),
        ("fourth(value)\n", "fourth(request.args)\n"),
        ("subprocess.run(value", 'subprocess.run(request.args["a"]'),
        # Under another name of the module, or by way of a function of the file.
        ("subprocess.run(value", 'import flask as f\n    subprocess.run(f.request.args["a"]'),
        ("subprocess.run(value", "subprocess.run(asked()"),
    ],
)
def test_what_brings_data_in_is_followed_whatever_it_is_given(more: tuple[str, str]) -> None:
    text = CHAIN.replace(*more).replace("BODY", 'second("a")')
    asked = 'def asked():\n    return request.args["a"]\n\n\n@app'
    assert True in followed(text.replace("@app", asked, 1))


@pytest.mark.parametrize(
    "body",
    [
        'first([{"a": request.args}])',
        "HELD.append(request.args)\n    first(HELD)",
        "first(Box(request.args))",
    ],
)
def test_what_holds_data_from_the_network_is_followed(body: str) -> None:
    box = "\n\nclass Box:\n    def __init__(self, a):\n        self.a = a\n\n\nHELD = []\n"
    text = CHAIN.replace("\n\n\ndef first", box + "\n\ndef first", 1).replace("BODY", body)
    assert followed(text)


def test_a_global_that_holds_data_from_the_network_is_seen_from_afar() -> None:
    text = CHAIN.replace("run(value", "run(HELD[0]").replace("\n\n\ndef", "\nHELD = []\n\n\ndef", 1)
    assert True in followed(text.replace("BODY", 'HELD.append(request.args["a"])\n    first("a")'))


def test_a_function_that_is_handed_on_may_bring_data_in() -> None:
    text = CHAIN.replace("run(value", "run(value()")
    assert True in followed(text.replace("BODY", 'second(lambda: request.args["a"])'))
