"""No program decides on itself, and each way to fail has its name."""

from __future__ import annotations

import resource
import textwrap
from collections.abc import Iterator

import pytest

from analyzers.sandbox.errors import SandboxBroken
from analyzers.sandbox.limits import Limits
from analyzers.sandbox.sandbox import Sandbox
from evals.judge import Case, Reason, judge, judge_all, verdict_counts

TEST = "def check(candidate):\n    assert candidate(3) == 9\n    assert candidate(x=2) == 4\n"
RIGHT = "def f(x):\n    return x * x\n"
SHORT = Limits(wall_s=5.0, cpu_s=0.5, memory_bytes=256 << 20)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


def case(source: str, test: str = TEST, helpers: str = "") -> Case:
    return Case("case", textwrap.dedent(source), "f", helpers, textwrap.dedent(test))


def test_a_right_program_passes(sandbox: Sandbox) -> None:
    verdict = judge(sandbox, case(RIGHT))
    assert (verdict.passed, verdict.reason, verdict.detail) == (True, "passed", "")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def f(x): return x", "wrong answer"),
        ("def f(x): return str(x * x)", "wrong answer"),
        ("def f(x): raise ValueError('no')", "exception"),
        ("def f(x:", "exception"),
        ("def g(x): return x * x", "exception"),
        ("def f(x):\n    while True: pass", "timeout"),
        ("def f(x): return len(bytearray(10 << 30))", "memory"),
        ("import os\ndef f(x): os._exit(0)", "exited"),
        ("import socket\ndef f(x):\n    socket.socket()\n    return x * x", "blocked system call"),
        (
            "def f(x):\n    try: open('/etc/passwd').read()\n    except OSError: pass\n"
            "    return x * x",
            "blocked system call",
        ),
        (
            "def f(x):\n"
            "    class Equal:\n        __eq__ = lambda self, other: True\n    return Equal()",
            "wrong answer",
        ),
        (
            "def f(x):\n"
            "    class Equal(int):\n        __eq__ = lambda self, other: True\n"
            "    return Equal(1)",
            "wrong answer",
        ),
    ],
)
def test_each_way_to_fail_has_its_name(sandbox: Sandbox, source: str, reason: Reason) -> None:
    verdict = judge(sandbox, case(source), SHORT)
    assert (verdict.passed, verdict.reason) == (False, reason), verdict.detail


def test_values_that_equal_the_expected_ones_pass_whatever_their_class(sandbox: Sandbox) -> None:
    source = """
        import collections, enum
        class Number(enum.IntEnum):
            NINE = 9
        def f(kind):
            return {
                "enum": Number.NINE,
                "counter": collections.Counter("aab"),
                "tuple": collections.namedtuple("P", "x y")(1, 2),
                "generator": (i for i in range(3)),
                "set": {3, 1},
            }[kind]
    """
    test = """
        def check(candidate):
            assert candidate("enum") == 9
            assert candidate("counter") == {"a": 2, "b": 1}
            assert candidate("tuple") == (1, 2) and candidate("tuple") != [1, 2]
            assert list(candidate("generator")) == [0, 1, 2]
            assert candidate("set") == {1, 3} and sorted(candidate("set")) == [1, 3]
    """
    assert judge(sandbox, case(source, test)).passed


def test_the_tests_call_helpers_that_the_candidate_cannot_replace(sandbox: Sandbox) -> None:
    helpers = "def double(x): return 2 * x\n"
    test = "def check(candidate):\n    assert double(candidate(1)) == 4\n"
    cheat = "def double(x): return 4\ndef f(x): return 1\n"
    assert not judge(sandbox, case(cheat, test, helpers)).passed
    assert judge(sandbox, case("def f(x): return 2\n", test, helpers)).passed


def test_tests_that_call_the_function_by_its_name_reach_the_candidate(sandbox: Sandbox) -> None:
    test = "def check(candidate):\n    assert f(2) == 4\n"
    assert judge(sandbox, case(RIGHT, test)).passed
    assert not judge(sandbox, case("def f(x): return x + 1", test)).passed


def test_random_inputs_are_the_same_in_every_run(sandbox: Sandbox) -> None:
    # Passes only for the numbers that this case's own generator draws.
    test = """
        from random import randint
        import random
        def check(candidate):
            drawn = [randint(0, 10**9), random.randint(0, 10**9)]
            assert candidate(drawn) == "never", drawn
    """
    details = {judge(sandbox, case("def f(x): return 0", test)).detail for _ in range(3)}
    assert len(details) == 1
    assert len({c for c in details.pop() if c.isdigit()}) > 3


def test_a_hash_order_does_not_change_between_runs() -> None:
    source = "def f(x): return list({'a', 'b', 'c', 'd', 'e', 'f', 'g'})"
    test = "def check(candidate):\n    assert False, candidate(0)\n"
    details = set()
    for _ in range(3):
        with Sandbox() as sandbox:
            details.add(judge(sandbox, case(source, test)).detail)
    assert len(details) == 1


def test_details_are_one_short_line(sandbox: Sandbox) -> None:
    verdict = judge(sandbox, case("def f(x): raise ValueError('a\\nb' * 9999)"))
    assert "\n" not in verdict.detail
    assert len(verdict.detail) <= 300


def test_verdicts_come_in_the_order_of_the_cases(sandbox: Sandbox) -> None:
    slow = "import time\ntime.sleep(0.05)\n" + RIGHT
    cases = [case(slow if i % 3 else "def f(x): return 0") for i in range(9)]
    done: list[int] = []
    verdicts = judge_all(sandbox, cases, jobs=4, done=lambda: done.append(1))
    assert [verdict.passed for verdict in verdicts] == [bool(i % 3) for i in range(9)]
    assert len(done) == 9
    assert dict(verdict_counts(verdicts)) == {"passed": 6, "wrong answer": 3}


def test_a_short_answer_cannot_cost_the_judge_much(sandbox: Sandbox) -> None:
    test = "def check(candidate):\n    assert tuple(candidate()) == (1,)\n"
    assert not judge(sandbox, case("def f(): return range(10**12)", test)).passed
    assert judge(sandbox, case("def f(): return range(1, 2)", test)).passed


@pytest.mark.parametrize(
    "source",
    [
        "import doctest\ndoctest.testmod()\n",
        "import __main__\n",
        "import threading\nt = [threading.Thread(target=threading.Event().wait, args=(0.01,))"
        " for _ in range(40)]\n[x.start() for x in t]\n[x.join() for x in t]\n",
        "if __name__ == '__main__':\n    raise SystemExit\n",
        "import sys\nsys.setrecursionlimit(5000)\ng = lambda n: n and g(n - 1)\ng(4000)\n",
        "print('x' * 1_000_000)\n",
    ],
)
def test_what_honest_programs_do_beside_their_answer_does_no_harm(
    sandbox: Sandbox, source: str
) -> None:
    verdict = judge(sandbox, case(RIGHT + source))
    assert verdict.passed, verdict.detail


def test_what_this_process_lacks_is_not_blamed_on_the_program(sandbox: Sandbox) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(SandboxBroken, match="fewer --jobs"):
            judge(sandbox, case(RIGHT))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert judge(sandbox, case(RIGHT)).passed


def test_only_what_the_clock_ended_is_late(sandbox: Sandbox) -> None:
    limits = Limits(wall_s=1.0, cpu_s=0.5)
    sleeping = judge(sandbox, case("import time\ndef f(x): time.sleep(9)"), limits)
    assert (sleeping.reason, sleeping.is_late) == ("timeout", True)
    assert not judge(sandbox, case("def f(x): return 0"), limits).is_late
    busy = judge(sandbox, case("def f(x):\n    while True: pass"), SHORT)
    assert (busy.reason, busy.is_late) == ("timeout", False)
