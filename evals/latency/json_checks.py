"""Checks of a JSON value that name the place and say what was expected there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evals.latency.errors import LatencyError


class TraceError(LatencyError):
    """A trace that is not as documented; the message names the place."""


def check_fields(raw: Any, required: Sequence[str], optional: Sequence[str], place: str) -> None:
    """Insists on an object that has all required fields and no unknown one."""
    typed(raw, dict, place)
    for key in required:
        if key not in raw:
            raise TraceError(f"{place}: {key} is missing")
    for key in raw:
        if key not in required and key not in optional:
            raise TraceError(f"{place}: {shown(key)} is not known here")


def typed(value: Any, kind: type, place: str) -> Any:
    """Insists on a string that can be sent, a list or an object."""
    if not isinstance(value, kind):
        names: dict[type, str] = {str: "a string", list: "a list", dict: "an object"}
        raise TraceError(f"{place} is {shown(value)}, expected {names[kind]}")
    if isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
        raise TraceError(f"{place} holds half a character")
    return value


def nonempty(value: Any, place: str) -> str:
    """Insists on a string with something in it."""
    text = str(typed(value, str, place))
    if not text:
        raise TraceError(f"{place} is empty")
    return text


def number(value: Any, place: str) -> float:
    """Insists on a number that may be a time in milliseconds."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # A NaN is neither.
    if not is_number or not 0 <= value <= 1e9:
        raise TraceError(f"{place} is {shown(value)}, expected a number from 0 to 1e9")
    return float(value)


def count(value: Any, place: str) -> int:
    """Insists on a whole number that the protocol can hold."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise TraceError(f"{place} is {shown(value)}, expected a whole number from 0")
    return value


def shown(value: Any) -> str:
    """The value in so few characters that a message stays one line."""
    whole = repr(value)
    return whole if len(whole) <= 40 else whole[:37] + "..."
