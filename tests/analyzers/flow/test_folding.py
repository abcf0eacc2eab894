from __future__ import annotations

import ast
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.flow.folding import UNKNOWN, binary, comparison, function, method, subscript, unary

_NUMBERS = st.integers(-50, 50)
_VALUES = st.one_of(_NUMBERS, st.text(max_size=5), st.booleans(), st.none(), st.binary(max_size=5))


@given(_NUMBERS, _NUMBERS, st.sampled_from(["+", "-", "*", "//", "%", "&", "|", "^"]))
def test_arithmetic_is_what_python_makes_of_it(left: int, right: int, sign: str) -> None:
    text = f"({left}) {sign} ({right})"
    node = ast.parse(text, mode="eval").body
    assert isinstance(node, ast.BinOp)
    try:
        expected = eval(text)
    except ZeroDivisionError:
        expected = UNKNOWN
    assert binary(type(node.op), left, right) == expected


@given(_VALUES, _VALUES, st.sampled_from([ast.Eq, ast.NotEq, ast.Lt, ast.GtE, ast.In, ast.NotIn]))
def test_a_comparison_is_what_python_makes_of_it(
    left: object, right: object, kind: type[ast.cmpop]
) -> None:
    signs = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.GtE: ">=", ast.In: "in"}
    sign = signs.get(kind, "not in")
    try:
        expected = eval(f"left {sign} right", {"left": left, "right": right})
    except (TypeError, ValueError):
        expected = UNKNOWN
    assert comparison(kind, left, right) == expected


def test_what_would_grow_without_bounds_is_not_done() -> None:
    started = time.process_time()
    assert binary(ast.Pow, 10, 10**9) is UNKNOWN
    assert binary(ast.LShift, 1, 10**9) is UNKNOWN
    assert binary(ast.Mult, "ab", 10**9) is UNKNOWN
    assert binary(ast.Mult, 10**9, b"ab") is UNKNOWN
    assert binary(ast.Mod, "%999999999d", 1) is UNKNOWN
    assert binary(ast.Mod, "%*d", (10**9, 1)) is UNKNOWN
    assert method("{:>999999999}", "format", [1]) is UNKNOWN
    assert method("x", "zfill", [10**9]) is UNKNOWN
    assert function("bytes", [10**9]) is UNKNOWN
    assert time.process_time() - started < 1


def test_what_fails_is_not_known() -> None:
    assert binary(ast.Add, 1, "a") is UNKNOWN
    assert unary(ast.USub, "a") is UNKNOWN
    assert subscript("abc", 9) is UNKNOWN
    assert function("int", ["x"]) is UNKNOWN
    assert method("abc", "index", ["z"]) is UNKNOWN
    assert method("abc", "__class__", []) is UNKNOWN


@pytest.mark.parametrize(
    ("receiver", "name", "arguments", "expected"),
    [
        ("a b", "split", [], ["a", "b"]),
        ("ab", "replace", ["a", "c"], "cb"),
        ("{}-{}", "format", ["a", 1], "a-1"),
        (b"a", "decode", [], "a"),
        ("ab", "startswith", ["a"], True),
    ],
)
def test_a_method_of_a_constant_is_done(
    receiver: object, name: str, arguments: list[object], expected: object
) -> None:
    assert method(receiver, name, arguments) == expected
