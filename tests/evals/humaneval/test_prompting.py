"""What is asked in each mode, and which part of an answer is code."""

from __future__ import annotations

import pytest

from codegen.engine import Chat, Continuation, Infill
from evals.humaneval.problems import Problem
from evals.humaneval.prompting import MODES, build_request, completion_of, defines

PROBLEM = Problem("HumanEval/0", 'def f(x):\n    """Doc."""\n', "f", "    return x\n", "")
CODE = "def f(x):\n    return x\n"


def test_each_mode_asks_in_its_own_way() -> None:
    prompts = [
        build_request(PROBLEM, mode, max_new_tokens=7, temperature=0.5, seed=3).prompt
        for mode in MODES
    ]
    assert [type(prompt) for prompt in prompts] == [Continuation, Chat, Infill]
    assert prompts[0] == Continuation(PROBLEM.prompt)
    assert isinstance(prompts[1], Chat)
    assert PROBLEM.prompt.strip() in prompts[1].messages[-1].text


def test_limits_and_sampling_reach_the_request() -> None:
    request = build_request(PROBLEM, "base", max_new_tokens=7, temperature=0.5, seed=3)
    assert (request.stop.max_new_tokens, request.sampling.temperature) == (7, 0.5)
    assert request.sampling.seed == 3


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (f"```python\n{CODE}```", CODE),
        (f"Here it is:\n\n```python\n{CODE}```\nIt works.", CODE),
        (f"```python\n{CODE}", CODE),  # The stop text took the closing fence.
        (f"```\n{CODE}```\n", CODE),
        (f"First:\n```sh\npip install x\n```\nThen:\n```python\n{CODE}```", CODE),
        ("```python\nother = 1\n```\n```python\nmore = 2\n```", "other = 1\n"),
        (CODE, CODE),
        ("no code", "no code"),
        (f"    ```python\n{CODE}    ```", CODE),
        ("```python\n    return x\n```", "    return x\n"),
    ],
)
def test_the_block_that_defines_the_function_is_the_answer(response: str, code: str) -> None:
    assert completion_of(response, PROBLEM, "chat") == code


def test_outside_a_chat_the_whole_response_is_code() -> None:
    text = "    return x\n```python\nno\n```"
    assert completion_of(text, PROBLEM, "base") == text


@pytest.mark.parametrize(
    ("source", "is_defined"),
    [
        (CODE, True),
        ("f = lambda x: x", True),
        ("from m import g as f", True),
        ("a, (f, b) = t", True),
        ("async def f(): pass", True),
        ("def g():\n    def f(): pass", False),
        ("    return x\n", False),
        ("def f(:\n", False),
        ("f()", False),
        ("(" * 5000, False),
        ("\0", False),
        ("'\ud800'", False),
    ],
)
def test_only_a_name_bound_at_the_top_counts_as_defined(source: str, is_defined: bool) -> None:
    assert defines(source, "f") is is_defined
