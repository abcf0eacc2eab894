"""What a text that ends in the middle needs for its end: its open brackets and strings closed."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)|"(?:\\[\s\S]|\\\Z|[^"\\\n])*"?"""
    r"""|'(?:\\[\s\S]|\\\Z|[^'\\\n])*'?|[^"'`/(){}\[\]?:;]+|[\s\S]"""
)
_WHOLE_STRING = re.compile(r"""(["'])(?:\\[\s\S]|(?!\1)[^\\\n])*\1\Z""")
_LAST_WORD = re.compile(r"([\w$]+|\S)\s*\Z")
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/\w*")
_TEMPLATE = re.compile(r"(?:\\[\s\S]|\\\Z|\$(?!\{)|[^`\\$])*")
# `?.`, `??`, and the `?` of what is optional in TypeScript.
_NO_CONDITION = re.compile(r"[.?]|\s*[,:)=;]")
_CLOSERS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "`": "`",
    "${": "}",
    "try{": "}finally{}",
    "do{": "}while(0)",
    "?": ":_",
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
    last = tail = ""
    while at < len(text):
        if stack and stack[-1] == "`":
            at = _TEMPLATE.match(text, at).end()  # type: ignore[union-attr]
            if text.startswith("${", at):
                stack.append("${")
                at += 2
            elif at < len(text) and text[at] == "`":
                stack.pop()
                at += 1
            else:
                tail = _escaped(text)
            last = "`"
            continue
        token = _TOKEN.match(text, at)[0]  # type: ignore[index]
        if token == "/" and last in _BEFORE_REGEX:
            regex = _REGEX.match(text, at)
            token = regex[0] if regex else token
        at += len(token)
        if token.startswith(("//", "/*")):
            tail = _end_of_comment(token) if at == len(text) else tail
        elif token[0] in "\"'":
            if not _WHOLE_STRING.match(token) and at == len(text):
                tail = _escaped(token) + token[0]
            last = "x"
        elif token in "([{}])`?:;":
            _match(token, f"{last}{{" if last in ("try", "do") else token, stack, unopened)
            is_doubled = text[at - 2 : at] == "??"
            if token == "?" and not is_doubled and not _NO_CONDITION.match(text, at):
                stack.append("?")
            last = token
        else:
            word = _LAST_WORD.search(token)
            last = word[1] if word else last
    closers = "".join(_CLOSERS[one] for one in reversed(stack))
    # A condition wants a statement behind it where a block or the text ends.
    return Ends(tail + re.sub(r"\)(?=\}|$)", ");", closers), "".join(unopened))


def _escaped(text: str) -> str:
    """What a text that ends in the middle of an escape still needs, or nothing."""
    return "\\" if (len(text) - len(text.rstrip("\\"))) % 2 else ""


def _end_of_comment(comment: str) -> str:
    if comment.startswith("//"):
        return "\n"
    return "" if comment.endswith("*/") and len(comment) > 3 else "*/"


def _match(token: str, opener: str, stack: list[str], unopened: list[str]) -> None:
    """Puts an opening mark on the stack, and takes from it what a closing one closes."""
    if token in "([{`":
        stack.append(opener if token == "{" else token)
    elif token == ":":
        if stack and stack[-1] == "?":
            stack.pop()
    elif token in ")]};":
        while stack and stack[-1] == "?":
            stack.pop()
        if token == ";":
            return
        if stack and _CLOSERS[stack[-1]][0] == token:
            stack.pop()
        else:
            unopened.append(token)
