"""Runs a source as a whole program, the way `python -I file.py` would, and ends with its status."""

# pathlib would be more code for every fork to carry, and programs patch it.
# ruff: noqa: PTH103, PTH120, PTH123

from __future__ import annotations

import atexit
import os
import sys
import threading
import traceback
import types

from analyzers.sandbox import values


def run(request: bytes) -> None:
    """Writes the given files, runs the source as `__main__` and ends the process."""
    source, argv, files, import_paths = values.decode(request)
    for name, content in files.items():
        if directory := os.path.dirname(name):
            os.makedirs(directory, exist_ok=True)
        with open(name, "wb") as stream:
            stream.write(content)
    sys.argv[:] = ["main.py", *argv]
    sys.path += import_paths
    status = 1
    try:
        status = _run_main(source)
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    finally:
        for output in (sys.stdout, sys.stderr):
            output.flush()
        os._exit(status)


def _run_main(source: str) -> int:
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    try:
        exec(compile(source, "main.py", "exec", dont_inherit=True), module.__dict__)
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return (error.code or 0) & 0xFF
        sys.stderr.write(f"{error.code}\n")
        return 1
    except BaseException:  # noqa: BLE001 - As the interpreter itself would.
        traceback.print_exc()
        return 1
    return 0
