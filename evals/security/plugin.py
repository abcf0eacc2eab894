"""Functions named on the command line: `package.module:function`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evals.errors import DatasetError, EvalError
from evals.security.finding import Finder, PostCheck, Scan, Span


def load_function(name: str, option: str) -> Callable[..., Any]:
    """The function that `name` means.

    Raises:
        DatasetError: there is no such module or function, or the module cannot be imported.
    """
    module_name, colon, attribute = name.partition(":")
    if not colon or not module_name or not attribute:
        raise DatasetError(f"{option} {name!r} does not name a function as package.module:function")
    try:
        function = getattr(importlib.import_module(module_name), attribute)
    except Exception as error:  # Whatever a foreign module does when it is imported.
        raise DatasetError(f"{option} {name}: {type(error).__name__}: {error}") from error
    if not callable(function):
        raise DatasetError(f"{option} {name} is no function but {type(function).__name__}")
    loaded: Callable[..., Any] = function
    return loaded


def load_finder(name: str) -> Finder:
    """The finder that `name` means; where it raises, the text counts as unchecked.

    Raises:
        DatasetError: as `load_function`.
    """
    return Guarded(load_function(name, "--finder"))


def load_check(name: str) -> PostCheck:
    """The post-check that `name` means.

    Raises:
        DatasetError: as `load_function`.
    """
    return load_function(name, "--check")


@dataclass(frozen=True, slots=True)
class Guarded:
    """A finder that cannot end a run."""

    finder: Finder

    def __call__(self, text: str, span: Span | None, language: str) -> Scan:
        """What the finder says, or "unchecked" with what it raised."""
        try:
            return self.finder(text, span, language)
        except EvalError:
            raise  # It says that it cannot work here at all.
        except Exception as error:  # noqa: BLE001  # The function under test may do anything.
            return Scan((), "unchecked", f"{type(error).__name__}: {error}")
