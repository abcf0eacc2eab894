# mypy: ignore-errors
# ruff: noqa
"""Splits expressions into tokens."""

import re
from dataclasses import dataclass

TOKEN = re.compile(r"\s*(?:(?P<number>\d+)|(?P<name>\w+)|(?P<op>.))")
END_TOKEN = "<end>"
PAD_TOKEN = "[PAD]"


@dataclass
class Token:
    kind: str
    text: str


def tokens(text):
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        position = match.end()
        yield Token(match.lastgroup, match[match.lastgroup])
    yield Token("end", END_TOKEN)


def parse(text):
    stack = []
    for token in tokens(text):
        if token.text == "(":
            stack.append([])
        elif token.text == ")":
            inner = stack.pop()
            stack[-1].append(inner)
        elif token.kind != "end":
            key = "number_value" if token.kind == "number" else "name_value"
            stack[-1].append({key: token.text})
    return stack
