"""Which data a condition above has looked at."""

from __future__ import annotations

import re

from tree_sitter import Node

from analyzers.javascript import sources
from analyzers.javascript.bindings import FUNCTIONS
from analyzers.javascript.script import ScriptCode


def is_checked(code: ScriptCode, text: str, node: Node) -> bool:
    """Whether a condition above, in the same function, has looked at the data of this text."""
    at = node.start_byte
    mentions: re.Pattern[str] | None = None
    for condition in code.conditions(text):
        if condition.end_byte > at or not _is_around(condition, at):
            continue
        mentions = mentions or re.compile(
            rf"\b{sources.CHECKS}\s*\([^)]*(?<![\w.]){re.escape(text)}\b"
            rf"|(?<![\w.]){re.escape(text)}(?:\??\.\w+(?:\(\))?)*\??\."
            r"(?:(?:startsWith|match|endsWith)\s*\(|(?:origin|host|hostname)\s*[!=]==?)"
            rf"|(?<![\w.]){re.escape(text)}\s+in\s"
        )
        if mentions.search(code.source(condition)):
            return True
    return False


def _is_around(condition: Node, at: int) -> bool:
    """Whether the function that a condition stands in goes on to a byte behind it."""
    above = condition.parent
    while above is not None and above.type not in FUNCTIONS:
        above = above.parent
    return above is None or above.type == "program" or at < above.end_byte
