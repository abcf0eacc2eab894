"""Engines that take turns: scripted processes instead of models."""

from __future__ import annotations

import sys

import pytest

from codegen.cpu.contest import Case, Engine, EngineFailed, Result, compete

SCRIPT = """
import json, sys
print("a library says hello")
print(json.dumps({{"name": "{name}", "load_s": 0.5}}), flush=True)
for i, line in enumerate(sys.stdin):
    asked = json.loads(line)
    none = asked["do"] == "step" and asked["n"] > {most}
    print(json.dumps({{"s": None if none else {seconds} * (i + 1)}}), flush=True)
"""


def scripted(name: str, seconds: float, most: int = 99) -> Engine:
    script = SCRIPT.format(name=name, seconds=seconds, most=most)
    return Engine([sys.executable, "-c", script])


def test_engines_take_turns_and_the_first_turn_does_not_count() -> None:
    engines = [scripted("ours", 1.0), scripted("theirs", 3.0)]
    for engine in engines:
        engine.open()
    result = compete(engines, Case(512), rounds=3)
    assert result.seconds == {"ours": [2.0, 3.0, 4.0], "theirs": [6.0, 9.0, 12.0]}
    assert result.ratio("ours", "theirs") == 3.0
    assert engines[0].load_s == 0.5
    assert (engines[0].peak_bytes() or 1) > 0
    for engine in engines:
        engine.close()


def test_a_step_that_an_engine_does_not_have_has_no_time_and_no_ratio() -> None:
    engines = [scripted("ours", 1.0), scripted("theirs", 1.0, most=1)]
    for engine in engines:
        engine.open()
    result = compete(engines, Case(8, 512), rounds=1)
    assert result.median_s("theirs") is None
    assert result.ratio("ours", "theirs") is None
    for engine in engines:
        engine.close()


def test_a_ratio_compares_neighbours_so_that_a_slow_moment_hits_both() -> None:
    result = Result(Case(1, 0), {"a": [1.0, 10.0, 1.0], "b": [2.0, 20.0, 2.0]})
    assert result.ratio("a", "b") == 2.0


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (["/no/such/python"], "cannot be run: No such file"),
        ([sys.executable, "-c", "raise SystemExit(3)"], "ended with exit code 3"),
    ],
)
def test_an_engine_that_does_not_come_up_is_one_clear_line(command: list[str], what: str) -> None:
    with pytest.raises(EngineFailed, match=what) as caught:
        Engine(command).open()
    assert "\n" not in str(caught.value)


def test_cases_say_what_they_measure() -> None:
    assert Case(512).name == "prefill of 512"
    assert Case(8, 512).request == {"do": "step", "n": 8, "context": 512}
