"""What is known of where the data in an expression comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from tree_sitter import Node

# From what nobody can change to what anybody can.
Kind = Literal["constant", "clean", "unknown", "local", "page", "remote"]
_ORDER: dict[Kind, int] = {kind: rank for rank, kind in enumerate(get_args(Kind))}


@dataclass(frozen=True, slots=True)
class Origin:
    """The worst of what an expression may hold.

    kind: "constant" is written in the script, "clean" made harmless, "unknown" from elsewhere in
        the program, "local" from the command line, "page" from the address or the opener of a page,
        "remote" from a client.
    source: for the last three, the node that reads it.
    is_whole: the source is all of a request's body or query and not one field.
    is_far: it came by way of a function of the script's own, in which more may be done about it.
    """

    kind: Kind
    source: Node | None = None
    is_whole: bool = False
    is_far: bool = False

    @property
    def is_foreign(self) -> bool:
        """Whether somebody who is not the script's user may have written it."""
        return self.kind in ("page", "remote")


CONSTANT = Origin("constant")
CLEAN = Origin("clean")
UNKNOWN = Origin("unknown")


def worst(origins: Iterable[Origin], least: Origin = CONSTANT) -> Origin:
    """The first of the worst of some, `least` if none is worse than that."""
    found = least
    for origin in origins:
        if _ORDER[origin.kind] > _ORDER[found.kind]:
            found = origin
    return found


def is_doubtful(origin: Origin) -> bool:
    """Whether it is neither constant nor known to be harmless."""
    return _ORDER[origin.kind] > _ORDER["clean"]
