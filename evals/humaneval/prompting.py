"""In which words a model is asked for a solution, and where the code stands in its answer.

Three modes: `base` continues the prompt, `infill` asks through the editor's own fill-in-the-middle
path, `chat` asks in words and takes the code block of the answer.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import Literal, get_args

from codegen.engine import Budget, Chat, Continuation, Infill, Message, Prompt, Request, Sampling
from codegen.engine import Stop as StopRule
from evals.humaneval.problems import Problem

Mode = Literal["base", "chat", "infill"]
MODES: tuple[Mode, ...] = get_args(Mode)

# A line that begins one of these ends the function. Comments and bare `if` are not among them:
# models write both at the left margin in the middle of a function.
_TOP_LEVEL = ("\ndef ", "\nclass ", "\nif __name__", "\nprint(", "\nassert ", "\n@", "\n```")
# The answer's block is closed by a fence with nothing behind it; an opening one names a language.
_CHAT_STOPS = ("\n```\n",)
_ASK = (
    "Complete this Python function. Answer with the whole function, imports included, in one "
    "```python code block and nothing else.\n\n```python\n{prompt}\n```\n"
)
_FENCE = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)(?:^[ \t]*```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)


def build_request(
    problem: Problem, mode: Mode, *, max_new_tokens: int, temperature: float, seed: int
) -> Request:
    """What the engine is asked for one sample of a problem."""
    prompt: Prompt
    stops: tuple[str, ...]
    if mode == "chat":
        text = _ASK.format(prompt=problem.prompt.strip("\n"))
        prompt, stops = Chat((Message("user", text),)), _CHAT_STOPS
    elif mode == "infill":
        prompt, stops = Infill(problem.prompt, "\n"), _TOP_LEVEL
    else:
        prompt, stops = Continuation(problem.prompt), _TOP_LEVEL
    return Request(
        prompt=prompt,
        stop=StopRule(max_new_tokens=max_new_tokens, texts=stops),
        sampling=Sampling(temperature=temperature, seed=seed),
        budget=Budget(prefix_tokens=4096, suffix_tokens=512),
    )


def completion_of(response: str, problem: Problem, mode: Mode) -> str:
    """The code in a response: all of it, or of a chat the block that defines the function."""
    if mode != "chat":
        return response
    blocks = [match[1] for match in _FENCE.finditer(response)]
    if not blocks:
        return response
    for block in blocks:
        if defines(block, problem.entry_point):
            return block
    return blocks[0]


def defines(source: str, name: str) -> bool:
    """Whether `source` is a program of its own that binds `name` at its top level."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # A candidate's odd escapes are its own business.
            body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(name in _bound_names(statement) for statement in body)


def _bound_names(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in statement.names}
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return set()
