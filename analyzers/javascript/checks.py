"""Which data a condition above has looked at."""

from __future__ import annotations

import re

from tree_sitter import Node

from analyzers.javascript import sources
from analyzers.javascript.bindings import FUNCTIONS
from analyzers.javascript.script import ScriptCode

# What goes no further, or is called as what goes no further is.
_LEAVES = re.compile(
    r"\b(?:return|throw|break|continue)\b"
    r"|\b\w*(?:stop|exit|fail|abort|reject|deny|raise|die|bail|refuse|[eE]rror|assert|next|close"
    r"|redirect|forbid|[tT]hrow|ensure|require|end|destroy|kill)\w*\s*\("
)
# A list of what is let through, and no word of the opposite.
_ADMITS = re.compile(
    r"\(\s*(?!\w*(?:bad|deny|denied|block|forbid|invalid|unsafe|reserved|illegal|evil|black|ban|skip"
    r"|exclu|ignore|taken|used|seen|protected|private|internal|secret|hidden))"
    r"[\w.]+\.(?:includes|has)\s*\([^()]*\)\s*\)",
    re.IGNORECASE,
)


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
        if mentions.search(code.source(condition)) and _decides(code, text, condition, at):
            return True
    return False


def _decides(code: ScriptCode, text: str, condition: Node, at: int) -> bool:
    """Whether what stands at a byte depends on how the condition was answered."""
    statement = condition.parent
    if statement is None or statement.type != "if_statement" or at < statement.end_byte:
        return True
    taken = statement.child_by_field_name("consequence")
    other = statement.child_by_field_name("alternative")
    if other is None and taken is not None and _ADMITS.fullmatch(code.source(condition)):
        # It leaves with what the list has in it.
        return re.search(_given(text), code.source(taken)) is not None
    return any(
        branch is not None
        and (_LEAVES.search(code.source(branch)) or re.search(_given(text), code.source(branch)))
        for branch in (taken, other)
    )


def _given(text: str) -> str:
    return rf"(?<![\w.]){re.escape(text)}\s*=(?!=)"


def _is_around(condition: Node, at: int) -> bool:
    """Whether the function that a condition stands in goes on to a byte behind it."""
    above = condition.parent
    while above is not None and above.type not in FUNCTIONS:
        above = above.parent
    return above is None or above.type == "program" or at < above.end_byte
