"""Draws what `kernels.bench --json` wrote: `python -m kernels.bench_plot BENCH.json PLOT.svg`.

One bar a case: the share of the copy bandwidth that ours reaches, with marks where others lie.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

_ROW, _LEFT, _WIDTH = 18, 190, 520
_COLOURS = ("#c0392b", "#8e44ad", "#d35400")


def draw(report: dict[str, Any]) -> str:
    """The plot as SVG, 100 % being the limit of each case's bytes.

    Raises:
        KeyError, TypeError: the report is none of `kernels.bench`.
    """
    timings = report["timings"]
    names = sorted({name for timing in timings for name in timing["others_us"]})
    colours = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(names)}
    height = _ROW * (len(timings) + 3)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 60}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<text x="4" y="13">{escape(str(report["device"]))}, copies '
        f"{report['copy_gb_s']:.0f} GB/s: share of the limit</text>",
    ]
    for i, timing in enumerate(timings):
        top = _ROW * (i + 1) + 4
        share = timing["limit_us"] / timing["ours_us"]
        parts.append(f'<text x="4" y="{top + 11}">{escape(timing["name"])}</text>')
        parts.append(
            f'<rect x="{_LEFT}" y="{top}" width="{share * _WIDTH:.1f}" height="12" fill="#2e86c1"/>'
        )
        for name, time_us in timing["others_us"].items():
            x = _LEFT + timing["limit_us"] / time_us * _WIDTH
            parts.append(
                f'<rect x="{x - 1:.1f}" y="{top - 1}" width="3" height="14" '
                f'fill="{colours[name]}"/>'
            )
        parts.append(f'<text x="{_LEFT + _WIDTH + 6}" y="{top + 11}">{share:.0%}</text>')
    x = _LEFT
    for name, colour in {"ours": "#2e86c1", **colours}.items():
        parts.append(f'<text x="{x}" y="{height - 8}" fill="{colour}">{escape(name)}</text>')
        x += 16 + 7 * len(name)
    return "\n".join([*parts, "</svg>"]) + "\n"


def run(
    arguments: list[str] | None, prog: str, description: str | None, draw: Callable[[Any], str]
) -> int:
    """Reads a report, draws, writes; 2 says in one line what could not be."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("bench", type=Path)
    parser.add_argument("plot", type=Path)
    options = parser.parse_args(arguments)
    try:
        report = json.loads(options.bench.read_text(encoding="utf-8"))
        options.plot.write_text(draw(report), encoding="utf-8")
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError) as error:
        sys.stderr.write(f"{options.bench} cannot be drawn as {options.plot}: {error}\n")
        return 2
    return 0


def main(arguments: list[str] | None = None) -> int:
    """As `run`, for the kernels' bench."""
    return run(arguments, "python -m kernels.bench_plot", __doc__, draw)


if __name__ == "__main__":
    sys.exit(main())
