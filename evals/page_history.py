"""The saved runs on a page: a plot of those that can be compared, and a table of all."""

from __future__ import annotations

from collections.abc import Sequence

from evals.markup import Cell, Markup, element, joined, table
from evals.plot import MARKERS, Point, plot_rates
from evals.run_record import RunRecord

# The plot's markers as characters, for a legend that is text.
_SIGNS = ("●", "■", "▲", "◆", "▼", "✚")
assert len(_SIGNS) == len(MARKERS)
_OPEN = 5


def history_section(
    record: RunRecord | None, history: Sequence[RunRecord], unread: Sequence[str]
) -> Markup:
    """Plot and table of the saved runs, the page's own among them."""
    runs = list(history)
    if record is not None and record not in runs:
        runs.append(record)
    runs.sort(key=lambda run: run.created)
    parts: list[Markup] = [element("h2", "Pass@1 over the saved runs")]
    if not runs:
        parts.append(element("p", "No run has been saved yet."))
    else:
        kind = record or runs[-1]
        like = [run for run in runs if _kind(run) == _kind(kind)]
        parts += [_plot(like), _runs(list(reversed(runs)))]
    if unread:
        parts.append(element("p", f"Not read ({len(unread)}):", css="note"))
        parts.append(element("ul", *(element("li", line) for line in unread)))
    return joined(parts)


def _kind(run: RunRecord) -> tuple[str, str, int]:
    return run.eval, run.mode, run.n


def _plot(runs: Sequence[RunRecord]) -> Markup:
    models = list(dict.fromkeys(run.model for run in runs))
    points = [
        Point(
            run.created[5:10],
            run.pass_at_1,
            run.stderr,
            models.index(run.model),
            _is_whole(run),
            f"{run.created[:16].replace('T', ' ')} {run.model}: {_rate(run)}",
        )
        for run in runs
    ]
    first, last = runs[0], runs[-1]
    description = (
        f"Pass@1 of {len(runs)} {first.eval} runs in mode {first.mode}, {first.created[:10]} to "
        f"{last.created[:10]}; the last is {_rate(last)}. The table below holds every value."
    )
    legend = [
        element("li", element("span", sign, css=f"mark-{i}", aria_hidden="true"), f" {name}")
        for i, (sign, name) in enumerate(_named(models))
    ]
    return joined(
        [
            element(
                "div",
                Markup(plot_rates(points, description)),
                css="scroll",
                tabindex="0",
                role="region",
                aria_label="Plot of pass@1",
            ),
            element("ul", *legend, css="legend"),
            element(
                "p",
                f"{first.eval}, mode {first.mode}, n = {first.n}. Bars are one standard error. "
                "Hollow marks are partial runs or subsets.",
                css="soft",
            ),
        ]
    )


def _named(models: Sequence[str]) -> list[tuple[str, str]]:
    named = list(zip(_SIGNS, models, strict=False))
    if len(models) > len(_SIGNS):
        named[-1] = (_SIGNS[-1], f"{len(models) - len(_SIGNS) + 1} other models")
    return named


def _runs(runs: Sequence[RunRecord]) -> Markup:
    heads = [
        "time (UTC)",
        "eval",
        "mode",
        "model",
        "weights",
        "pass@1",
        "± s.e.",
        "tasks",
        "n",
        "notes",
    ]
    rows = []
    for run in runs:
        notes = [
            *(["PARTIAL"] if run.partial else []),
            *(["WEAK SANDBOX"] if run.sandbox.is_weak else []),
            *([f"subset of {len(run.selection)}"] if run.selection is not None else []),
        ]
        error = "" if run.stderr is None else f"{run.stderr * 100:.1f}"
        cells = [
            Cell(run.created[:16].replace("T", " "), run.created, css="nowrap"),
            Cell(run.eval),
            Cell(run.mode),
            Cell(run.model),
            Cell(run.fingerprint.get("weights_sha256", "")[:12], css="mono"),
            Cell(f"{run.pass_at_1:.1%}", is_number=True),
            Cell(error, is_number=True),
            Cell(str(len(run.tasks)), is_number=True),
            Cell(str(run.n), is_number=True),
            Cell(", ".join(notes), css="failed"),
        ]
        rows.append(("", cells))
    listed = table("The newest first", heads, rows, "sortable")
    # A long list stays folded, so that the verdicts below it are not out of sight.
    summary = element("summary", f"Saved runs: {len(runs)}")
    return element("details", summary, listed, open_="open" if len(runs) <= _OPEN else "")


def _is_whole(run: RunRecord) -> bool:
    return not run.partial and run.selection is None


def _rate(run: RunRecord) -> str:
    error = "" if run.stderr is None else f" ± {run.stderr * 100:.1f}"
    return f"{run.pass_at_1 * 100:.1f}{error} %" + (" (partial)" if run.partial else "")
