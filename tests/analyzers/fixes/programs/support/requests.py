"""In the place of the real package, which opens a socket when it is imported."""

from __future__ import annotations

from typing import Any

calls: list[tuple[str, dict[str, Any]]] = []


class Reply:
    """An answer."""

    text = "hello"

    def raise_for_status(self) -> None:
        """The answer is a good one."""


def get(url: str, **options: Any) -> Reply:
    """Notes the call."""
    calls.append((url, options))
    return Reply()
