"""Placeholders in a query, and its values beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace

from analyzers.code import Code
from analyzers.finding import Edit, Span
from analyzers.fixes.parts import Hole
from analyzers.fixes.places import last_name, scope, statement
from analyzers.fixes.rewriting import Replacement, rewritten
from analyzers.fixes.sql_drivers import Style
from analyzers.fixes.sql_drivers import names as names_of
from analyzers.fixes.sql_queries import Made, query_of
from analyzers.fixes.sql_text import Slot
from analyzers.fixes.writing import lines_after

# What SQLAlchemy's `text` takes for a parameter already.
_NAMED = re.compile(r"(?<!\w):([A-Za-z_]\w*)")
_READERS = ("read_sql", "read_sql_query")


def placeholders(
    code: Code, made: Made, style: Style, names: Sequence[str], used: int
) -> list[Edit] | None:
    """The edits of one text."""
    parts = list(made.template.parts)
    bound = {i for slot in made.slots for i in range(slot.start, slot.end) if not slot.is_list}
    n_left = sum(hole not in {parts[i] for i in bound} for hole in made.template.filled)
    is_percent = any(hole.form == "%" for hole in made.template.holes)
    said = made.template.constant.replace("::", "")
    if style == ":name" and (":" in _NAMED.sub("", said) or set(_NAMED.findall(said)) & set(names)):
        return None
    replacements: list[Replacement] = []
    edits: list[Edit] = []
    for i, slot in enumerate(made.slots):
        mark = {"?": "?", "%s": "%s", ":name": f":{names[i]}", "$1": f"${used + i + 1}"}[style]
        if slot.is_list:
            quotes = [at for at in (slot.start, slot.end - 1) if slot.end - slot.start == 3]
            replacements += [Replacement(at, at + 1, "") for at in quotes]
            at = slot.start + len(quotes) // 2
            hole = parts[at]
            assert isinstance(hole, Hole)
            text = _marks(hole, slot.value, mark, is_named=style == ":name")
            if hole.form == "f" and hole.piece is not None and "{" in text and text[0] != "'":
                return None
            parts[at] = replace(hole, text=text, spec="")
            if hole.form in ("f", "+", "join"):
                edits.append(_field(hole, text))
            continue
        if n_left and is_percent:
            mark = mark.replace("%", "%%")
        replacements.append(Replacement(slot.start, slot.end, mark))
    escapes = {"%": "%%"} if style == "%s" and not (n_left and is_percent) else {}
    changed = rewritten(code, replace(made.template, parts=tuple(parts)), replacements, escapes)
    return None if changed is None else [*changed, *edits]


def _marks(hole: Hole, values: str, mark: str, *, is_named: bool) -> str:
    """As many placeholders as a list has values, as an expression."""
    quote = "'" if hole.piece is not None and hole.piece.quote.startswith('"') else '"'
    if is_named:
        return f"{quote}, {quote}.join(f{quote}{mark}_{{i}}{quote} for i in range(len({values})))"
    return f"{quote}, {quote}.join([{quote}{mark}{quote}] * len({values}))"


def _field(hole: Hole, text: str) -> Edit:
    return Edit(hole.span, f"{{{text}}}" if hole.form == "f" else text)


def passed_to(
    code: Code,
    sink: ast.Call,
    made: list[Made],
    style: Style,
    names: Sequence[str],
) -> list[Edit] | None:
    """The edits that hand the values over."""
    slots = [slot for one in made for slot in one.slots]
    if len(sink.args) + len(sink.keywords) > 1 and last_name(sink.func) not in _READERS:
        if style != ":name" or len(made) > 1:
            return None
        return _added_to(code, sink, _pairs(slots, names))
    if len(made) > 1:
        return _collected(code, sink, made, style, names)
    values = [f"*{slot.value}" if slot.is_list else slot.value for slot in made[0].slots]
    if made[0].at is not None and _change_between(code, made[0].at, sink):
        return None
    if style == "$1":
        given = ", ".join(values)
    elif style == ":name":
        given = f"{{{', '.join(_pairs(slots, names))}}}"
    elif len(values) == 1 and values[0].startswith("*"):
        given = f"list({values[0][1:]})"
    elif last_name(sink.func) == "raw" or sink.keywords or last_name(sink.func) in _READERS:
        given = f"[{', '.join(values)}]"
    else:
        given = f"({', '.join(values)}{',' if len(values) == 1 else ''})"
    return handed_over(code, sink, given)


def _pairs(slots: Sequence[Slot], names: Sequence[str]) -> list[str]:
    """The entries of the dictionary that names the values."""
    return [
        f'**{{f"{name}_{{i}}": value for i, value in enumerate({slot.value})}}'
        if slot.is_list
        else f'"{name}": {slot.value}'
        for name, slot in zip(names, slots, strict=True)
    ]


def _added_to(code: Code, sink: ast.Call, pairs: list[str]) -> list[Edit] | None:
    """The entries, in the dictionary that the call has already."""
    given = sink.args[1] if len(sink.args) == 2 else None
    if not isinstance(given, ast.Dict) or not given.keys or sink.keywords:
        return None
    known = {key.value for key in given.keys if isinstance(key, ast.Constant)}
    if any(pair.split('"')[1] in known for pair in pairs):
        return None
    end = code.span(given.values[-1]).end
    return [Edit(Span(end, end), "".join(f", {pair}" for pair in pairs))]


def tuple_of(style: Style, slots: Sequence[Slot], *, is_list: bool = False) -> str:
    """The values as the driver wants them, none of them a list."""
    if style == ":name":
        return f"{{{', '.join(_pairs(slots, names_of([slot.value for slot in slots])))}}}"
    values = ", ".join(slot.value for slot in slots)
    if is_list:
        return f"[{values}]"
    return f"({values}{',' if len(slots) == 1 else ''})"


def free_name(code: Code, sink: ast.AST) -> str | None:
    """A name for the values that the function around does not use."""
    known = {node.id for node in ast.walk(scope(code, sink)) if isinstance(node, ast.Name)}
    known |= {node.arg for node in ast.walk(scope(code, sink)) if isinstance(node, ast.arg)}
    return next((n for n in ("params", "parameters", "query_params") if n not in known), None)


def handed_over(code: Code, sink: ast.Call, values: str) -> list[Edit]:
    """The edits that give values to the call beside its query."""
    edits: list[Edit] = []
    if last_name(sink.func) == "executescript":
        assert isinstance(sink.func, ast.Attribute)
        end = code.span(sink.func).end
        edits.append(Edit(Span(end - len("executescript"), end), "execute"))
    if last_name(sink.func) in _READERS:
        values = f"params={values}"
        last: ast.AST = [*sink.args, *sink.keywords][-1]
    else:
        last = query_of(sink) or sink.func
    end = code.span(last).end
    closing = code.text.find(")", end) if not isinstance(last, ast.keyword) else -1
    if isinstance(last, ast.expr) and _is_in_parentheses(code, last, sink):
        end = closing + 1
    return [*edits, Edit(Span(end, end), f", {values}")]


def _is_in_parentheses(code: Code, node: ast.expr, call: ast.Call) -> bool:
    """Whether an argument has parentheses of its own."""
    between = code.text[code.span(node).end : code.span(call).end - 1]
    return between.strip().startswith(")")


def _collected(
    code: Code,
    sink: ast.Call,
    made: list[Made],
    style: Style,
    names: Sequence[str],
) -> list[Edit] | None:
    """The values of a query that is written in several places, in a list that grows with it."""
    if style == "$1" or made[0].is_more:
        return None
    variable = free_name(code, sink)
    if variable is None:
        return None
    edits: list[Edit] = []
    used = 0
    for one in made:
        values = [f"*{slot.value}" if slot.is_list else slot.value for slot in one.slots]
        own = list(names[used : used + len(values)])
        used += len(values)
        line = _growth(variable, values, own, one.is_more, style)
        if line is None:
            continue
        edit = lines_after(code, one.at, line) if one.at is not None else None
        if edit is None:
            return None
        edits.append(edit)
    return [*edits, *handed_over(code, sink, variable)]


def _growth(
    variable: str, values: list[str], names: list[str], is_more: bool, style: Style
) -> str | None:
    if is_more and not values:
        return None
    if style == ":name":
        pairs = [(f'"{name}"', value) for name, value in zip(names, values, strict=True)]
        if not is_more:
            return f"{variable} = {{{', '.join(f'{name}: {value}' for name, value in pairs)}}}"
        return "; ".join(f"{variable}[{name}] = {value}" for name, value in pairs)
    if not is_more:
        return f"{variable} = [{', '.join(values)}]"
    if len(values) == 1 and not values[0].startswith("*"):
        return f"{variable}.append({values[0]})"
    return f"{variable} += [{', '.join(values)}]"


def _change_between(code: Code, written: ast.stmt, sink: ast.Call) -> bool:
    """Whether a name that the query uses gets another meaning before it is run."""
    used = {node.id for node in ast.walk(written) if isinstance(node, ast.Name)}
    last = statement(code, sink)
    return any(
        isinstance(node, ast.Name)
        and not isinstance(node.ctx, ast.Load)
        and node.id in used
        and written.lineno < node.lineno <= last.lineno
        for node in ast.walk(scope(code, sink))
    )
