"""What a text that ends in the middle needs for its end: its open brackets and strings closed."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?"""
    r"""|[\w$]+|\s+|[\s\S]"""
)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/\w*")
_TEMPLATE = re.compile(r"(?:\\[\s\S]|\$(?!\{)|[^`\\$])*")
_PAIRS = {")": "(", "]": "[", "}": "{", "`": "`"}
_CLOSERS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "`": "`",
    "${": "}",
    "try{": "}finally{}",
    "do{": "}while(0)",
}
# After one of these a slash begins a regular expression and divides nothing.
_BEFORE_REGEX = frozenset("(,=:[!&|?{};+-*%~^<>") | {
    "", "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "await",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ends:
    """What is unmatched in a text.

    closers: the text that closes what stands open at its end, innermost first.
    unopened: the brackets that close what was opened before it, in order.
    """

    closers: str
    unopened: str


def ends_of(text: str) -> Ends:
    """What to write behind `text`, and what before it, so that all brackets and strings match."""
    stack: list[str] = []
    unopened: list[str] = []
    at = 0
    last = word = ""
    tail = ""
    while at < len(text):
        if stack and stack[-1] == "`":
            at = _TEMPLATE.match(text, at).end()  # type: ignore[union-attr]
            if text.startswith("${", at):
                stack.append("${")
                at += 2
            elif at < len(text) and text[at] == "`":
                stack.pop()
                at += 1
            last = "`"
            continue
        token = _TOKEN.match(text, at)[0]  # type: ignore[index]
        if token == "/" and last in _BEFORE_REGEX:
            regex = _REGEX.match(text, at)
            token = regex[0] if regex else token
        at += len(token)
        if token.isspace() or token.startswith(("//", "/*")):
            tail = "*/" if token.startswith("/*") and not token.endswith("*/") else tail
            tail = "\n" if token.startswith("//") and at == len(text) else tail
            continue
        if token[0] in "\"'":
            if at == len(text) and (len(token) == 1 or token[-1] != token[0]):
                tail = token[0]
        elif token == "{":
            stack.append(f"{word}{{" if word in ("try", "do") else "{")
        elif token in "([`":
            stack.append(token)
        elif token in _PAIRS:
            if stack and stack[-1].endswith(("{", "(", "[")) and _CLOSERS[stack[-1]][0] == token:
                stack.pop()
            else:
                unopened.append(token)
        word = token if token.isidentifier() else ""
        last = token if len(token) == 1 or token.isidentifier() else "x"
    closers = "".join(_CLOSERS[one] for one in reversed(stack))
    # A condition wants a statement behind it where a block or the text ends.
    return Ends(tail + re.sub(r"\)(?=\}|$)", ");", closers), "".join(unopened))
