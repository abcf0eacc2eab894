"""A Python text's tree, independent of the version of the Python that runs this."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text has no tree, and the line (from 1) at which the parser stopped."""

    message: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.message} (line {self.line})"


def parse(text: str) -> ast.Module | Problem:
    """The tree of a Python text, or what stands in the way. Never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        return Problem(error.msg, error.lineno or 1)
    except ValueError as error:  # NUL, or half of a surrogate pair.
        return Problem(str(error))
    except (RecursionError, MemoryError):
        return Problem("nested too deeply")
