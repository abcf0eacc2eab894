"""Pieces of a page. What comes in is text and goes out escaped; only `Markup` is taken as is."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evals.plain_text import one_line, printable

# More of a candidate's text than this helps nobody and makes a page of thousands of tasks heavy.
_DETAIL_LIMIT = 2000
_SUMMARY_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Markup:
    """Text that is markup already, made by this module or by the plot."""

    text: str


Part = Markup | str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table. `value` is what it sorts by, where that is not its text."""

    content: Part
    value: str | None = None
    is_number: bool = False
    css: str = ""


def escape(part: Part) -> str:
    """Markup as it is; anything else with no character left that a browser would obey."""
    return part.text if isinstance(part, Markup) else html.escape(printable(part), quote=True)


def element(tag: str, *parts: Part, **attributes: str) -> Markup:
    """An element; `css="x"` is its class and a trailing underscore of a name is dropped."""
    names = {"css": "class"}
    said = "".join(
        f' {names.get(name, name.rstrip("_").replace("_", "-"))}="{escape(value)}"'
        for name, value in attributes.items()
        if value
    )
    return Markup(f"<{tag}{said}>{''.join(map(escape, parts))}</{tag}>")


def joined(parts: Iterable[Part]) -> Markup:
    """Parts one after the other."""
    return Markup("\n".join(map(escape, parts)))


def table(
    caption: str, heads: Sequence[str], rows: Iterable[tuple[str, Sequence[Cell]]], css: str = ""
) -> Markup:
    """A table that scrolls sideways by itself. A row is its class and its cells, a head first."""
    body = []
    numbers: set[int] = set()
    for css_row, cells in rows:
        numbers |= {i for i, cell in enumerate(cells) if cell.is_number}
        body.append(element("tr", *(_cell(i, cell) for i, cell in enumerate(cells)), css=css_row))
    head = element(
        "tr",
        *(
            element("th", name, scope="col", css="number" if i in numbers else "")
            for i, name in enumerate(heads)
        ),
    )
    parts = [element("caption", caption), element("thead", head)] if heads else []
    if not heads:
        parts = [element("caption", caption)]
    inner = element("table", *parts, element("tbody", joined(body)), css=css)
    return element("div", inner, css="scroll", tabindex="0", role="region", aria_label=caption)


def facts(caption: str, values: Mapping[str, str]) -> Markup:
    """A table of names and values."""
    rows = [("", [Cell(name), Cell(value, css="mono")]) for name, value in values.items()]
    return table(caption, [], rows, "facts")


def detail(text: str) -> Markup:
    """What a candidate said: a line, with the rest behind it where there is more."""
    if not text:
        return Markup("")
    shown = printable(text[:_DETAIL_LIMIT])
    if len(text) > _DETAIL_LIMIT:
        shown += f"\n… and {len(text) - _DETAIL_LIMIT} more characters"
    if "\n" not in shown and len(shown) <= _SUMMARY_LIMIT:
        return element("code", shown)
    last = next((line for line in reversed(text[:_DETAIL_LIMIT].splitlines()) if line.strip()), "")
    summary = element("summary", element("code", one_line(last.strip(), _SUMMARY_LIMIT)))
    return element("details", summary, element("pre", shown))


def _cell(column: int, cell: Cell) -> Markup:
    css = " ".join(filter(None, ["number" if cell.is_number else "", cell.css]))
    tag, scope = ("th", "row") if column == 0 else ("td", "")
    return element(tag, cell.content, css=css, scope=scope, data_value=cell.value or "")
