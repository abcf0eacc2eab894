"""Draws what `codegen.bench --json` wrote: `python -m codegen.bench_plot BENCH.json PLOT.svg`.

One bar a decoder and model: tokens a second of one sequence, ours and those of the peers.
"""

from __future__ import annotations

import sys
from html import escape
from typing import Any

from kernels import bench_plot

_ROW, _LEFT, _WIDTH = 22, 320, 420
_OURS, _THEIRS = "#2e86c1", "#c0392b"
_READ, _ON_DEVICE, _PEERS = ", decode, as read", ", decode, device", ", decode"


def rates(report: dict[str, Any]) -> list[tuple[str, float, bool]]:
    """What decoded, its tokens a second and whether it is ours.

    Ours are as the engine reads them; what a peer's captured step takes is the device's time.

    Raises:
        KeyError, TypeError: the report is none of `codegen.bench`.
    """
    found = {each["name"]: float(each["value"]) for each in report["measurements"]}
    ours = {name.removesuffix(_READ) for name in found if name.endswith(_READ)}
    drawn: list[tuple[str, float, bool]] = []
    for name, value in found.items():
        if name.endswith(_READ):
            drawn.append((f"{name.removesuffix(_READ)}, ours", value, True))
        elif name.endswith((_ON_DEVICE, _PEERS)):
            who = name.removesuffix(_ON_DEVICE).removesuffix(_PEERS)
            if who not in ours:
                drawn.append((who, value, False))
    return drawn


def draw(report: dict[str, Any]) -> str:
    """The plot as SVG.

    Raises:
        KeyError, TypeError, ValueError: the report is none of `codegen.bench`, or of no decoding.
    """
    drawn = rates(report)
    if not drawn:
        raise ValueError("it holds no decoding")
    fastest = max(value for _, value, _ in drawn)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 90}" '
        f'height="{_ROW * (len(drawn) + 2)}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="6" y="15">{escape(str(report["device"]))}: tokens a second, one sequence, '
        "600 tokens cached</text>",
    ]
    for i, (name, value, is_ours) in enumerate(drawn):
        top = _ROW * (i + 1) + 4
        width = value / fastest * _WIDTH
        colour = _OURS if is_ours else _THEIRS
        parts.append(f'<text x="6" y="{top + 13}">{escape(name)}</text>')
        parts.append(
            f'<rect x="{_LEFT}" y="{top}" width="{width:.1f}" height="16" fill="{colour}"/>'
        )
        parts.append(f'<text x="{_LEFT + width + 5:.1f}" y="{top + 13}">{value:,.0f}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Draws; 2 says why it could not, in one line."""
    return bench_plot.run(arguments, "python -m codegen.bench_plot", __doc__, draw)


if __name__ == "__main__":
    sys.exit(main())
