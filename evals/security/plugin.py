"""Functions named on the command line: `package.module:function`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from evals.errors import DatasetError


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
    except Exception as error:  # noqa: BLE001  # Whatever a foreign module does when imported.
        raise DatasetError(f"{option} {name}: {type(error).__name__}: {error}") from error
    if not callable(function):
        raise DatasetError(f"{option} {name} is no function but {type(function).__name__}")
    loaded: Callable[..., Any] = function
    return loaded
