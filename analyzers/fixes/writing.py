"""Nodes as text, and edits of arguments and statements that leave the rest as it was."""

from __future__ import annotations

import ast
import warnings

from analyzers.code import Code
from analyzers.finding import Edit, Fix, Span


def same(text: str, node: ast.AST) -> bool:
    """Whether a text is the expression."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return ast.dump(body) == ast.dump(node)


def source(code: Code, node: ast.expr) -> str:
    """An expression as it is written, or written anew where its place is not known.

    Before Python 3.12 the places of nodes inside an f-string can be wrong.
    """
    written = code.source(node)
    return written if same(written, node) else ast.unparse(node)


def is_placed(code: Code, node: ast.expr) -> bool:
    """Whether an expression stands where it says."""
    return same(code.source(node), node)


def replaced(code: Code, node: ast.AST, text: str) -> Edit:
    """`text` in place of a node."""
    return Edit(code.span(node), text)


def fix(title: str, *edits: Edit) -> Fix:
    """A fix of these edits, put in order."""
    return Fix(title, tuple(sorted(edits, key=lambda edit: (edit.span.start, edit.span.end))))


def applied(text: str, edits: tuple[Edit, ...]) -> str:
    """The text with edits that are in order and do not overlap."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += text[at : edit.span.start], edit.text
        at = edit.span.end
    return "".join([*parts, text[at:]])


def newline(text: str) -> str:
    """How the text ends its lines."""
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"


def indentation(code: Code, statement: ast.stmt) -> str | None:
    """The white space before a statement; None where it shares its line with another.

    An `elif` stands in the middle of another statement: there is no room above it.
    """
    start = code.span(statement).start
    if isinstance(statement, ast.If) and code.text.startswith("elif", start):
        return None
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        start = min([start, *(code.span(d).start - 1 for d in statement.decorator_list)])
    before = code.text[:start].rpartition("\n")[2]
    return before if not before.strip() else None


def lines_before(code: Code, statement: ast.stmt, *lines: str) -> Edit | None:
    """Whole lines above a statement, at its indentation; None where there is no room."""
    margin = indentation(code, statement)
    if margin is None:
        return None
    end = newline(code.text)
    start = code.span(statement).start
    return Edit(Span(start, start), "".join(f"{line}{end}{margin}" for line in lines))


def lines_after(code: Code, statement: ast.stmt, *lines: str) -> Edit | None:
    """Whole lines below a simple statement, at its indentation; None where there is no room."""
    margin = indentation(code, statement)
    end = code.span(statement).end
    rest = code.text[end:].partition("\n")[0].strip()
    if margin is None or (rest and not rest.startswith("#")):
        return None
    stop = code.text.find("\n", end)
    stop = len(code.text) if stop < 0 else stop - (code.text[stop - 1] == "\r")
    text = "".join(f"{newline(code.text)}{margin}{line}" for line in lines)
    return Edit(Span(stop, stop), text)


def without_argument(code: Code, call: ast.Call, given: ast.expr | ast.keyword) -> Edit:
    """A call without one of its arguments, and without the comma that it had."""
    spans = sorted(code.span(node) for node in (*call.args, *call.keywords))
    at = spans.index(code.span(given))
    if at + 1 < len(spans):
        return Edit(Span(spans[at].start, spans[at + 1].start), "")
    if at:
        return Edit(Span(spans[at - 1].end, spans[at].end), "")
    rest = code.text[spans[0].end : code.span(call).end - 1]
    comma = len(rest) - len(rest.lstrip()) + 1 if rest.strip() == "," else 0
    return Edit(Span(spans[0].start, spans[0].end + comma), "")


def with_keywords(code: Code, call: ast.Call, *given: str) -> Edit | None:
    """A call with more arguments; None where they may still be typed, or have no place."""
    if code.is_open(call):
        return None
    end = code.span(call).end - 1
    arguments = [*call.args, *call.keywords]
    if any(isinstance(argument, ast.GeneratorExp) for argument in arguments):
        return None
    if not arguments:
        start = code.span(call.func).end
        if code.text[start:end].strip("( \t\r\n"):
            return None
        return Edit(Span(end, end), ", ".join(given))
    last = max(code.span(argument).end for argument in arguments)
    gap = code.text[last:end]
    if "#" not in gap:
        last += gap.rfind(")") + 1
    return Edit(Span(last, last), "".join(f", {item}" for item in given))


def set_keyword(code: Code, call: ast.Call, name: str, value: str) -> Edit | None:
    """A call with this argument, put in or written over."""
    given = next((item for item in call.keywords if item.arg == name), None)
    if given is not None:
        return replaced(code, given.value, value)
    return with_keywords(code, call, f"{name}={value}")
