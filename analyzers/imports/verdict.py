"""Whether an import names a module that exists, and what it probably means if not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analyzers.finding import Confidence
from analyzers.imports import catalogue, declared, environment, workspace
from analyzers.imports.nearest import nearest, slip_of
from analyzers.project import Project

Kind = Literal["slip", "project name", "unknown"]
_MIN_FAMOUS_PART = 4


@dataclass(frozen=True, slots=True)
class UnknownModule:
    """An import of what nobody knows.

    kind: "slip" looks like a famous module without being it; "project name" is what one installs,
        not what one imports.
    near: the module that is probably meant, None if none comes near.
    confidence: "medium" where all that the file could import was seen.
    """

    name: str
    kind: Kind
    near: str | None
    confidence: Confidence


def unknown_module(name: str, project: Project) -> UnknownModule | None:
    """What is wrong with importing the top-level module `name`, None if nothing is."""
    if not name or catalogue.is_known(name) or _is_here(name, project):
        return None
    slip = slip_of(name)
    if slip is not None and not _is_own(name):
        return UnknownModule(name, "slip", slip, "medium")
    meant = catalogue.listed_imports_of(name)
    if meant:
        return UnknownModule(name, "project name", meant[0], "medium")
    confidence = _confidence(name, project)
    if confidence is None:
        return None
    beside = (*workspace.near_listings(project), *environment.listings(project))
    return UnknownModule(name, "unknown", nearest(name, beside), confidence)


def _is_here(name: str, project: Project) -> bool:
    return (
        workspace.has_module(name, project)
        or environment.has_module(name, project)
        or name in declared.modules(project)
    )


def _confidence(name: str, project: Project) -> Confidence | None:
    """How sure it is that a name nobody knows exists nowhere; None for too little to speak."""
    if workspace.is_whole(project):
        return "medium"
    # A file whose neighbours nobody showed us may import them.
    if _is_own(name):
        return None
    if project.path is not None and project.path.parent.is_dir():
        return "low"
    words = name.lower().split("_")
    famous = {part for part in catalogue.popular_imports(300) if len(part) >= _MIN_FAMOUS_PART}
    return "low" if len(words) > 1 and not famous.isdisjoint(words) else None


def _is_own(name: str) -> bool:
    """Whether people call modules of their own programs so."""
    return not catalogue.own_words().isdisjoint(name.lower().split("_"))
