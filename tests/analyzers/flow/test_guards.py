from __future__ import annotations

from typing import Any

import pytest

from analyzers.check import scan
from analyzers.flow import guards
from tests.analyzers.flow.conftest import Judge

_TOP = """
import re, ipaddress
ALLOWED = {"a", "b"}
PLAIN = re.compile(r"[a-z]+")

def is_allowed(value):
    if value in ALLOWED:
        return True
    return False

def is_plain(value):
    return value.isalnum() and len(value) < 10

def require(value):
    if value not in ALLOWED:
        raise ValueError(value)

def describe(value):
    return len(value) > 3
"""
# Conditions after which the name is known to be harmless, where they hold.
_SAFE = (
    'name in ("a", "b")',
    'name in ["a"] or name in {"b"}',
    "name in ALLOWED",
    'name == "a"',
    '"a" == name',
    "name.isdigit()",
    'name.isalnum() and name != "x"',
    'name.replace("_", "").isalnum()',
    "not (name not in ALLOWED)",
    're.fullmatch(r"[a-z0-9_-]+", name)',
    're.match(r"^[a-z]+$", name)',
    "PLAIN.fullmatch(name)",
    'all(c in "abc" for c in name)',
    'not any(c in name for c in ";|&")',
    "set(name) <= set('abc')",
    "isinstance(name, int)",
    "is_allowed(name)",
    "is_plain(name)",
    'name.strip() in ("a", "b")',
    "not name",
)
_UNSAFE = (
    'name not in ("a", "b")',
    'name != "a"',
    "name",
    "len(name) < 9",
    'name[0] in ("a", "b")',
    'name.split()[0] in ("a", "b")',
    'other in ("a", "b")',
    're.match(r"[a-z]+", name)',
    're.fullmatch(r".+", name)',
    're.search(r"[a-z]+", name)',
    "not name.isdigit()",
    'name in ("a", "b") or other',
    'any(c in name for c in ";|&")',
    "describe(name)",
    "name in other",
    "isinstance(name, str)",
    'name.startswith("a")',
)


@pytest.mark.parametrize("condition", _SAFE)
def test_a_guard_makes_the_value_harmless_where_it_holds(judge: Judge, condition: str) -> None:
    assert judge(f"if {condition}:\n    os.system(name)", _TOP) == []
    assert judge(f"if not ({condition}):\n    return\nos.system(name)", _TOP) == []
    assert judge(f"os.system(name if {condition} else 'ls')", _TOP) == []
    assert judge(f"while {condition}:\n    os.system(name)", _TOP) == []
    assert judge(f"assert {condition}\nos.system(name)", _TOP) == []


@pytest.mark.parametrize("condition", _SAFE)
def test_a_guard_says_nothing_where_it_does_not_hold_and_afterwards(
    judge: Judge, condition: str
) -> None:
    assert judge(f"if {condition}:\n    pass\nos.system(name)", _TOP) == ["high"]
    if condition != "not name":
        assert judge(f"if {condition}:\n    pass\nelse:\n    os.system(name)", _TOP) == ["high"]


@pytest.mark.parametrize("condition", _UNSAFE)
def test_other_conditions_make_nothing_harmless(judge: Judge, condition: str) -> None:
    assert judge(f"if {condition}:\n    os.system(name)", _TOP) == ["high"]


def test_a_function_that_raises_is_a_guard(judge: Judge) -> None:
    assert judge("require(name)\nos.system(name)\nos.system(other)", _TOP) == ["high"]


def test_a_conversion_that_raises_is_a_guard(judge: Judge) -> None:
    body = """
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "no address"
    os.system("ping " + name)
    """
    assert judge(body, _TOP) == []


def test_a_conversion_whose_failure_is_passed_over_is_no_guard(judge: Judge) -> None:
    body = """
    try:
        ipaddress.ip_address(name)
    except ValueError:
        pass
    os.system("ping " + name)
    """
    assert judge(body, _TOP) == ["high"]


def test_a_guard_that_has_a_name_is_one(judge: Judge) -> None:
    assert judge("ok = name in ALLOWED\nif ok:\n    os.system(name)", _TOP) == []


def test_a_guard_on_a_part_is_one_for_that_part(judge: Judge) -> None:
    body = """
    part = name[1:]
    if part in ALLOWED:
        os.system(part)
        os.system(name)
    """
    assert judge(body, _TOP) == ["high"]


def test_what_is_asked_twice_is_checked_once(judge: Judge) -> None:
    body = """
    if request.args["a"] in ALLOWED:
        os.system(request.args["a"])
        os.system(request.args.get("a"))
        os.system(request.args["b"])
        os.system(request.form["a"])
    """
    assert judge(body, _TOP) == ["high", "high"]


def test_a_guard_on_one_key_says_nothing_of_another(judge: Judge) -> None:
    body = """
    data = request.get_json()
    if data["a"] in ALLOWED:
        os.system(data["a"])
        os.system(data["b"])
    """
    assert judge(body, _TOP) == ["high"]


@pytest.mark.parametrize("again", ["ok = ok or b", "ok = not ok", "c = ok and b\n    ok = c and b"])
def test_conditions_that_speak_of_each_other_end_and_hide_nothing(again: str) -> None:
    text = (
        "import os\nfrom flask import request\n\n\ndef f(b):\n    a = request.args['a']\n"
        f"    ok = a and b\n    {again}\n    if ok:\n        os.system(a)\n"
    )
    assert "command-injection" in {finding.rule for finding in scan(text, "python").findings}


def test_conditions_within_conditions_are_refined_so_deep_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    n_refined = 0
    known = guards.refine

    def counted(*arguments: Any) -> None:
        nonlocal n_refined
        n_refined += 1
        known(*arguments)

    monkeypatch.setattr(guards, "refine", counted)
    n = 30
    condition = "a and (b or " * n + "a" + ")" * n
    text = (
        "import os\nfrom flask import request\n\n\ndef f(b):\n    a = request.args['a']\n"
        f"    if {condition}:\n        os.system(a)\n"
    )
    assert "command-injection" in {finding.rule for finding in scan(text, "python").findings}
    assert n_refined < 100 * n
