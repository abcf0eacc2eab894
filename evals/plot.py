"""Pass@1 over the saved runs as an inline SVG that carries no style, script or link.

matplotlib draws it in placeholder colours, which become class names: the page's own style sheet
then colours it for light and dark, and a content security policy may forbid every inline style.
No text of a run enters the drawing, so that no name is taken for mathematics or markup.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

# As many models as can be told apart by colour and marker; later ones share the last pair.
MARKERS = ("o", "s", "^", "D", "v", "P")
_INK, _GRID, _PAPER = "#010101", "#020202", "#030303"
_SERIES = tuple(f"#0400{i:02x}" for i in range(len(MARKERS)))
_CLASSES = {_INK: "ink", _GRID: "grid", _PAPER: "paper"} | {
    colour: f"series-{i}" for i, colour in enumerate(_SERIES)
}
_SVG = "http://www.w3.org/2000/svg"
# Presentation attributes of the drawing; all else that matplotlib styles has no use here.
_KEPT = frozenset(
    {"stroke-width", "stroke-dasharray", "stroke-linejoin", "stroke-linecap", "text-anchor"}
)
_TICKS = 8


@dataclass(frozen=True, slots=True)
class Point:
    """A run in the plot. Rates and error are shares; `series` picks colour and marker."""

    day: str
    rate: float
    error: float | None
    series: int
    is_whole: bool
    title: str


def plot_rates(points: Sequence[Point], description: str) -> str:
    """An `<svg>` element with the points from left to right, each with one standard error.

    Whole runs are filled, partial ones hollow. Every point has its `title` as a tool tip.
    """
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "leadsman"}):
        figure = _draw(points)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return _tame(drawn.getvalue(), points, description)


def _draw(points: Sequence[Point]) -> Figure:
    figure = Figure(figsize=(7.6, 2.7), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        axes.spines[side].set_color(_GRID)
    axes.grid(axis="y", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_INK, labelsize=9, length=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f} %"))
    for i, point in enumerate(points):
        colour = _SERIES[min(point.series, len(_SERIES) - 1)]
        error = axes.errorbar(
            [i],
            [point.rate * 100],
            yerr=[(point.error or 0.0) * 100],
            color=colour,
            marker=MARKERS[min(point.series, len(MARKERS) - 1)],
            markersize=6,
            markerfacecolor=colour if point.is_whole else _PAPER,
            markeredgecolor=colour,
            elinewidth=1.2,
            capsize=2.5,
        )
        error.lines[0].set_gid(f"run-{i}")
    low = min((p.rate - (p.error or 0.0) for p in points), default=0.0) * 100
    high = max((p.rate + (p.error or 0.0) for p in points), default=1.0) * 100
    # A narrow band would show noise as cliffs, so the axis spans at least twenty points.
    margin = max(2.0, (20 - (high - low)) / 2)
    axes.set_ylim(max(-2.0, low - margin), min(102.0, high + margin))
    axes.set_xlim(-0.6, max(len(points) - 0.4, 0.6))
    step = -(-len(points) // _TICKS) or 1
    shown = range(0, len(points), step)
    axes.set_xticks(list(shown), [points[i].day for i in shown])
    return figure


def _tame(svg: str, points: Sequence[Point], description: str) -> str:
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    # matplotlib writes a document type, which our own parser needs no part of.
    root = ET.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", svg, count=1))
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-labelledby": "plot-title",
        "class": "plot",
    }
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        _restyle(element)
        name = element.get("id", "")
        if name.startswith("run-"):
            title = ET.Element(f"{{{_SVG}}}title")
            title.text = points[int(name.removeprefix("run-"))].title
            element.insert(0, title)
    title = ET.Element(f"{{{_SVG}}}title", {"id": "plot-title"})
    title.text = description
    root.insert(0, title)
    return ET.tostring(root, encoding="unicode")


def _restyle(element: ET.Element) -> None:
    """Turns a style attribute into classes for the colours and attributes for the rest."""
    classes = []
    for declaration in element.attrib.pop("style", "").split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name in ("fill", "stroke"):
            classes.append(f"{name}-{_CLASSES.get(value.lower(), 'none')}")
        elif name in _KEPT:
            element.set(name, value)
    if classes:
        element.set("class", " ".join(classes))
