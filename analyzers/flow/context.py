"""Where in a text a value is put: what makes it harmless in one place does not in another."""

from __future__ import annotations

import re
from typing import Final

# Marks that travel like clearances: what was done to a text. `LOOSE` is less than "xss" says.
ESCAPED, SHELL_QUOTED, WEB_ADDRESS, LOOSE = (
    "escaped for HTML", "quoted for a shell", "an address of the web", "escaped in an address",
)  # fmt: skip
_HOLE: Final = "\0"
_TAG: Final = r"<[a-zA-Z][^<>]*\s"
_UNQUOTED: Final = re.compile(_TAG + r"[\w:-]+\s*=\s*$")
_ADDRESS: Final = re.compile(_TAG + r"(href|src|action|formaction)\s*=\s*[\"']$", re.I)
_HANDLER: Final = re.compile(_TAG + r"on\w+\s*=\s*(\"[^\"\0]*|'[^'\0]*)$", re.I)
_LONGEST_TAG: Final = 400


def lost(cleared: frozenset[str], before: str, *, is_first: bool) -> frozenset[str]:
    """What a value is harmless for behind this text.

    is_first: whether it directly follows the text, with nothing constant of its own between.
    """
    if ESCAPED in cleared and "encoded" not in cleared:
        place = _in_page(before, is_first=is_first)
        if place == "code":
            cleared -= {"xss"}
        elif place == "address" and WEB_ADDRESS not in cleared:
            cleared = cleared - {"xss"} | {LOOSE}
    if SHELL_QUOTED in cleared and _is_in_quotes(before):
        cleared -= {"command"}
    return cleared


def _in_page(before: str, *, is_first: bool) -> str:
    """What is read here: code, an address, or text."""
    script = before.lower().rfind("<script")
    if script >= 0:
        inside = before[script:].lower()
        if "</script" not in inside and ">" in inside and _HOLE not in inside:
            return "code"
    tag = before[max(before.rfind("<"), len(before) - _LONGEST_TAG, 0) :]
    if _HANDLER.search(tag) or (is_first and _UNQUOTED.search(tag)):
        return "code"
    return "address" if is_first and _ADDRESS.search(tag) else "text"


def _is_in_quotes(before: str) -> bool:
    """Whether a shell reads what follows as part of quotes that are open."""
    quote, at = "", 0
    for number, sign in enumerate(before):
        if sign == quote:
            quote = ""
        elif not quote and sign in ("'", '"'):
            quote, at = sign, number
    return bool(quote) and _HOLE not in before[at:]
