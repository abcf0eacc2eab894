"""What runs: a completion joined to its prompt, whether it continues it or is a whole program."""

from __future__ import annotations

import warnings

from evals.humaneval.problems import Problem
from evals.humaneval.prompting import defines


def build_program(problem: Problem, completion: str) -> str:
    """The candidate's source: the prompt and behind it the completion.

    A whole program also stands behind the prompt, whose imports and helpers it may rely on and
    whose empty function it replaces, unless it may not, as with a `from __future__ import`.
    """
    joined = f"{problem.prompt}{completion}"
    if not defines(completion, problem.entry_point):
        return joined
    separated = f"{problem.prompt}\n{completion}"
    return separated if _compiles(separated) or not _compiles(completion) else completion


def trusted_namespace(problem: Problem) -> str:
    """The prompt as a module of its own: the helpers that `check` may call besides the candidate.

    Nothing of the completion is in it.
    """
    return problem.prompt if _compiles(problem.prompt) else f"{problem.prompt}    pass\n"


def _compiles(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # A candidate's odd escapes are its own business.
            # Compiled, not parsed: a misplaced __future__ import is found by the compiler alone.
            compile(source, "<program>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
