"""The definition that the fast paths are compared with: whole texts, every prefix, no caches."""

from __future__ import annotations

from analyzers.delta import Insertion
from analyzers.incremental import Place
from analyzers.mending import judged_or_mended
from analyzers.policy import DEFAULT, Policy
from analyzers.prefixes import counted_ends, on_prefix
from analyzers.project import NO_PROJECT
from analyzers.report import Report

BUDGET_S = 60.0


class PlainPlace(Place):
    """A place whose document is always looked at whole."""

    frame = None


def plain_place(document: str, insertion: Insertion, language: str = "python") -> PlainPlace:
    """The place of an insertion."""
    return PlainPlace(document, insertion, language, NO_PROJECT, BUDGET_S)


def plainly_checked(
    document: str, insertion: Insertion, policy: Policy = DEFAULT, language: str = "python"
) -> Report:
    """What `check_prefixes` must say."""
    whole, place = judged_or_mended(plain_place(document, insertion, language), policy)
    if whole.verdict != "block":
        for end in counted_ends(place):
            report = on_prefix(place, end, policy)
            if report is not None:
                return report
    return whole
