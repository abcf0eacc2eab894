"""One spelling for names: Python takes letters of full width and the like for plain ones."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """The text with every name as Python reads it. Source: PEP 3131, form NFKC."""
    if text.isascii() or unicodedata.is_normalized("NFKC", text):
        return text
    return unicodedata.normalize("NFKC", text)


def folded(text: str) -> str:
    """The plain text in lower case, to look for words in."""
    return plain(text).lower()
