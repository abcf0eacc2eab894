"""What runs for a completion, whether it goes on or is a whole program."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from evals.humaneval.problems import Problem, load_problems
from evals.humaneval.program import build_program, trusted_namespace

PROBLEM = Problem(
    "HumanEval/0", 'import math\n\n\ndef f(x):\n    """Doc."""\n', "f", "    return x\n", ""
)


def answer(completion: str) -> Any:
    namespace: dict[str, Any] = {}
    program = build_program(PROBLEM, completion)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # The building has to be quiet by itself.
        exec(program, namespace)
    return namespace["f"](4)


@pytest.mark.parametrize(
    "completion",
    [
        "    return math.sqrt(x)\n",
        "\n    return math.sqrt(x)",
        "def f(x):\n    return math.sqrt(x)\n",
        "    return g(x)\n\ndef g(x):\n    return math.sqrt(x)\n",
        "from __future__ import annotations\nimport math\ndef f(x: No): return math.sqrt(x)",
        "import math\nf = lambda x: math.sqrt(x)",
        "import math\nodd = '\\d' is 3\ndef f(x): return math.sqrt(x)",
    ],
)
def test_both_forms_run(completion: str) -> None:
    assert answer(completion) == 2.0


def test_code_that_defines_something_else_leaves_the_function_empty() -> None:
    assert answer("def g(x):\n    return 1\n") is None


def test_the_trusted_side_has_the_helpers_of_the_prompt_and_nothing_of_a_completion() -> None:
    problem = next(p for p in load_problems() if p.entry_point == "find_zero")
    namespace: dict[str, Any] = {}
    exec(trusted_namespace(problem), namespace)
    assert namespace["poly"]([1, 2], 1) == 3


def test_a_prompt_without_a_docstring_is_a_module_too() -> None:
    bare = Problem("t", "def f(x):\n", "f", "", "")
    namespace: dict[str, Any] = {}
    exec(trusted_namespace(bare), namespace)
    assert namespace["f"](1) is None
