"""What surrounds a file: its path and the folder of its project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Project:
    """Where a text belongs.

    path: of the file, None for a text without one.
    root: of the workspace, None where there is none. Read, never run.
    python: the interpreter whose environment the project uses, None for the one that runs here.
    """

    path: Path | None = None
    root: Path | None = None
    python: Path | None = None


NO_PROJECT = Project()
