"""What decides over the place that an address leads to, and how options are read."""

from __future__ import annotations

import pytest

from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import calls, chosen_start, option


@pytest.mark.parametrize(
    ("value", "is_chosen"),
    [
        ("req.query.a", True),
        ("'/' + req.query.a", True),
        ("'//' + req.query.a", True),
        ("'https://' + req.query.a", True),
        ("`https://example.com${req.query.a}`", True),
        ("`https://example.com/${req.query.a}`", False),
        ("'/users/' + req.query.a", False),
        ("'?a=' + req.query.a", False),
        ("'/home'", False),
        ("name", False),
    ],
)
def test_the_start_of_an_address_decides(value: str, is_chosen: bool) -> None:
    code = ScriptCode(f"sink({value})", "javascript")
    start = chosen_start(code, code.calls("sink")[0].arguments[0])
    assert (start is not None) == is_chosen


def test_options_are_read_through_a_name() -> None:
    code = ScriptCode("const o = { 'a': 1, b: 2 }; sink(o); sink(p); sink({ a: 3 })", "javascript")
    values = [option(code, call.arguments[0], "a") for call in code.calls("sink")]
    assert [None if value is None else code.source(value) for value in values] == ["1", None, "3"]


def test_calls_under_another_name_are_among_them() -> None:
    code = ScriptCode("const { a: b } = require('m'); b(1); a(2)", "javascript")
    assert [code.source(call.arguments[0]) for call in calls(code, "a")] == ["1", "2"]
