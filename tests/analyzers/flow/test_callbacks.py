from __future__ import annotations

import pytest

from analyzers.check import scan

_TOP = """\
import asyncio, functools, os, sched, threading
from concurrent.futures import ThreadPoolExecutor
from flask import Flask, request
app = Flask(__name__)
ALLOWED = {"a", "b"}
"""


def _found(body: str) -> list[tuple[str, str]]:
    return [(f.rule, f.confidence) for f in scan(_TOP + body, "python").findings]


@pytest.mark.parametrize(
    "line",
    [
        "map(eval, request.args.getlist('x'))",
        "pool.submit(os.system, request.args['x'])",
        "asyncio.to_thread(os.system, request.args['x'])",
        "loop.run_in_executor(None, os.system, request.args['x'])",
        "threading.Thread(target=os.system, args=(request.args['x'],)).start()",
        "threading.Thread(target=os.system, kwargs={'command': request.args['x']}).start()",
        "threading.Thread(target=lambda: os.system(request.args['x'])).start()",
        "pool.apply_async(os.system, (request.args['x'],))",
        "functools.partial(os.system, request.args['x'])()",
        "app.add_url_rule('/', 'x', lambda: str(eval(request.args['x'])))",
        "HANDLERS = {'x': lambda: os.system(request.args['x'])}",
    ],
)
def test_what_is_handed_on_is_called_with_what_is_handed_on_with_it(line: str) -> None:
    assert [confidence for _, confidence in _found(f"def f(pool, loop):\n    {line}\n")] == ["high"]


def test_a_lambda_may_get_what_it_is_handed_over_with() -> None:
    text = "def f():\n    return sorted(request.args.getlist('x'), key=lambda x: eval(x))\n"
    assert _found(text) == [("code-injection", "medium")]


def test_a_function_of_the_file_is_followed_where_it_is_handed_on() -> None:
    text = (
        "def _go(c):\n    os.system(c)\n\ndef f(pool):\n    pool.submit(_go, request.args['x'])\n"
    )
    assert _found(text) == [("command-injection", "high")]


def test_a_guard_holds_in_a_lambda_and_in_an_inner_function() -> None:
    guarded = "def f():\n    x = request.args['x']\n    if x not in ALLOWED:\n        return\n"
    assert _found(guarded + "    return {'run': lambda: os.system(x)}\n") == []
    assert _found(guarded + "    def run():\n        os.system(x)\n    return run\n") == []
    unguarded = "def f():\n    x = request.args['x']\n    return {'run': lambda: os.system(x)}\n"
    assert _found(unguarded) == [("command-injection", "high")]


def test_a_lambda_that_is_called_is_not_held_to_be_called_by_others_too() -> None:
    assert _found("run = lambda c: os.system(c)\nrun('uptime')\n") == []
    assert _found("list(map(lambda c: eval(c), ['1', '2']))\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "x: eval(request.args['x']) = 1",
        "class A(metaclass=eval(request.args['x'])):\n    pass",
        "class A:\n    x: eval(request.args['x'])",
        "@eval(request.args['x'])\nclass A:\n    pass",
        "@eval(request.args['x'])\ndef f():\n    pass",
        "def f(a: eval(request.args['x'])):\n    pass",
        "def f() -> eval(request.args['x']):\n    pass",
        "f = lambda a=eval(request.args['x']): a",
    ],
)
def test_what_runs_when_something_is_defined_is_seen(text: str) -> None:
    assert ("code-injection", "high") in _found(text + "\n")


def test_annotations_that_are_put_off_do_not_run() -> None:
    later = "from __future__ import annotations\n" + _TOP + "x: eval(request.args['x']) = 1\n"
    assert scan(later, "python").findings == ()
