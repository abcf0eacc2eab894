"""Text from programs that nobody vetted, made harmless for a terminal or a page."""

from __future__ import annotations


def one_line(text: str, limit: int = 120) -> str:
    """`text` on one line of at most `limit` characters, for a table in a terminal.

    Escape sequences, line ends and marks that turn the writing direction come out spelled.
    """
    # Cut before spelling, since a detail may be megabytes long.
    shown = printable(text[: limit + 1]).replace("\n", "\\n").replace("\t", "\\t")
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def printable(text: str) -> str:
    """`text` with every character but line ends and tabs that cannot be printed spelled out."""
    return "".join(c if c.isprintable() or c in "\n\t" else _spelled(c) for c in text)


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
