"""What checks share: a small database, files, and calls whose errors do not count."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["db", "gone", "os", "quiet", "tree"]

_USERS = """
create table users(id integer primary key, name text, mail text, role text);
insert into users values
    (1, 'ann', 'ann@x', 'admin'), (2, 'bob', 'bob@x', 'user'), (3, 'cy', 'cy@x', 'user');
"""


def quiet(called: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """The answer; None where it is refused."""
    try:
        return called(*given, **named)
    except Exception:  # noqa: BLE001 - An attack may fail in any way.
        return None


def db(path: str = ":memory:") -> sqlite3.Connection:
    """Three users."""
    con = sqlite3.connect(path)
    con.executescript(_USERS)
    con.commit()
    return con


def gone(name: str = "owned") -> bool:
    """Whether an attack has left nothing."""
    return not Path(name).exists()


def tree(**files: str) -> None:
    """Files by their names, in which `__` stands for a slash and `_dot_` for a dot."""
    for name, text in files.items():
        path = Path(name.replace("__", "/").replace("_dot_", "."))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
