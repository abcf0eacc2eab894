"""The files that are typed: given ones, or some that every Python ships (PSF licence)."""

from __future__ import annotations

import sysconfig
from collections.abc import Sequence
from pathlib import Path

from evals.latency.errors import SetUpError
from evals.latency.sessions import Source
from lsp_server.completion.syntax import language_of

# Small, middling and long; read where the running interpreter has them, never copied.
STDLIB_FILES = (
    "keyword.py",
    "shlex.py",
    "dataclasses.py",
    "bisect.py",
    "queue.py",
    "configparser.py",
)


def read_sources(paths: Sequence[Path]) -> list[Source]:
    """The given files, or the standard library's.

    Raises:
        SetUpError: a file cannot be read as UTF-8 text.
    """
    if not paths:
        folder = Path(sysconfig.get_path("stdlib"))
        paths = [folder / name for name in STDLIB_FILES]
    return [_read(path) for path in paths]


def _read(path: Path) -> Source:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SetUpError(f"{path}: {error.strerror or error}") from None
    except UnicodeError:
        raise SetUpError(f"{path}: not UTF-8 text") from None
    return Source(path.name, language_of(path.name), text)
