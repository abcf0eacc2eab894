"""Whether an import names a module that exists, and what it probably means if not."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import OSA

from analyzers.finding import Confidence
from analyzers.imports import catalogue, declared, environment, workspace
from analyzers.imports.nearest import nearest, slip_of
from analyzers.project import Project

Kind = Literal["slip", "project name", "unknown"]
_MIN_FAMOUS_PART = 4
_MIN_NAMESAKE = 5
_MIN_NEAR = 6
_MIN_HELD = 10
# What models put behind a famous name to make up another; `flask_app` and `redis_client` are what
# people write themselves.
_ADDITIONS = frozenset({"extensions", "helper", "helpers", "toolkit", "tools", "wrapper"})


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
    words = name.lower().split("_")
    famous = _of_at_least(_MIN_FAMOUS_PART, 300)
    is_shown = project.path is not None and project.path.parent.is_dir()
    if _is_own(name):
        # A file whose neighbours nobody showed us may import them; those that we see may lie
        # elsewhere, but one called after a famous project is more often made up.
        is_namesake = words[0] in _of_at_least(_MIN_NAMESAKE, 1000)
        return "low" if is_namesake and (is_shown or _ADDITIONS.issuperset(words[1:])) else None
    if is_shown or (len(words) > 1 and not famous.isdisjoint(words)):
        return "low"
    is_near = any(
        len(name) == len(part) and OSA.distance(name.lower(), part, score_cutoff=1) == 1
        for part in _of_at_least(_MIN_NEAR, 1000)
    )
    holds_one = any(part in name.lower() for part in _of_at_least(_MIN_HELD, 300))
    return "low" if is_near or holds_one else None


@functools.cache
def _of_at_least(letters: int, count: int) -> frozenset[str]:
    """The names of so many letters among the most downloaded."""
    return frozenset(name for name in catalogue.popular_imports(count) if len(name) >= letters)


def _is_own(name: str) -> bool:
    """Whether people call modules of their own programs so."""
    return not catalogue.own_words().isdisjoint(name.lower().split("_"))
