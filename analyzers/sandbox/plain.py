"""What is a plain value, what stands for what is none, and how much of it is too much."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

MAX_ITEMS: Final = 1_000_000
"""Scalars and containers of one value."""
MAX_DEPTH: Final = 1_000
MAX_BYTES: Final = 8 << 20
MAX_EXPONENT: Final = 400
"""Of a decimal."""

type_name_of: Final[Callable[[type], str]] = type.__dict__["__name__"].__get__


class NotPlain(ValueError):
    """The value or its bytes break a bound or the format."""


class Opaque:
    """Stands for something that is no plain value. Equals nothing, not even itself."""

    __slots__ = ("type_name",)

    def __init__(self, type_name: str) -> None:
        """Takes the name of the type that was seen."""
        self.type_name = type_name

    def __eq__(self, other: object) -> bool:
        """Always false."""
        return False

    def __ne__(self, other: object) -> bool:
        """Always true."""
        return True

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        """Names the type."""
        return f"<{self.type_name} object>"
