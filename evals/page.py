"""A run, its comparison and the saved runs as one page that needs nothing but itself.

Everything a candidate or a document said is hostile: it is escaped, and the page's content
security policy allows its own style sheet and its own script by their digests and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from evals.comparison import Change, Comparison
from evals.gate_text import evidence, outcome, verdict
from evals.markup import Cell, Markup, detail, element, escape, facts, joined, table
from evals.page_history import history_section
from evals.run_record import RunRecord

_HERE = Path(__file__).parent


def render_page(
    record: RunRecord | None,
    history: Sequence[RunRecord] = (),
    comparison: Comparison | None = None,
    unread: Sequence[str] = (),
) -> str:
    """The page as HTML text.

    Args:
        record: The run that the page is about; None for a page of saved runs alone.
        history: Saved runs in any order, with or without `record` among them.
        comparison: Of `record` with its baseline.
        unread: Lines about saved documents that could not be read.
    """
    parts: list[Markup] = []
    if record is not None:
        parts += [_header(record), *_warnings(record)]
    else:
        parts.append(element("h1", "Saved runs"))
    if comparison is not None:
        parts.append(_comparison(comparison))
    parts.append(history_section(record, history, unread))
    if record is not None:
        parts += [_verdicts(record), _fingerprint(record)]
    title = "Saved runs" if record is None else f"{record.eval}: {record.model}"
    return _document(title, joined(parts))


def _header(record: RunRecord) -> Markup:
    figures = [("pass@1", _rate(record.pass_at_1, record.stderr))]
    figures += [
        (f"pass@{k}", element("dd", f"{value:.1%}"))
        for k, value in sorted(record.pass_at_k.items())
        if k > 1
    ]
    judged = len(record.tasks)
    figures.append(("tasks passed", element("dd", f"{record.n_passed} ", _small(f"of {judged}"))))
    return joined(
        [
            element("h1", f"{record.eval}: {record.model}"),
            element(
                "p",
                f"mode {record.mode}, {record.n} sample{'s' * (record.n > 1)} a task, "
                f"{record.created.replace('T', ' ').replace('+00:00', ' UTC')}",
                css="soft",
            ),
            element(
                "dl",
                *(element("div", element("dt", name), value) for name, value in figures),
                css="headline",
            ),
        ]
    )


def _rate(rate: float, stderr: float | None) -> Markup:
    error = "no standard error" if stderr is None else f"± {stderr * 100:.1f} standard error"
    return element("dd", f"{rate:.1%} ", _small(error))


def _small(text: str) -> Markup:
    return element("small", text)


def _warnings(record: RunRecord) -> list[Markup]:
    warnings = []
    if record.sandbox.is_weak:
        held = ", ".join(record.sandbox.mechanisms) or "nothing"
        warnings.append(
            element(
                "p",
                element("strong", "Weak sandbox."),
                f" Only {held} held the candidates: a hostile one could have read files, used the "
                "network or changed verdicts. Do not trust this run more than the model's code.",
                css="alarm",
                role="alert",
            )
        )
    if record.partial:
        warnings.append(
            element(
                "p",
                element("strong", "Partial run."),
                f" It ended after {len(record.tasks)} tasks; its rates are not those of the whole.",
                css="alarm",
            )
        )
    if record.selection is not None:
        warnings.append(
            element(
                "p",
                element("strong", "Subset."),
                f" The run was asked for {len(record.selection)} tasks only.",
                css="note",
            )
        )
    return warnings


def _comparison(comparison: Comparison) -> Markup:
    head, _, rest = verdict(comparison).partition(": ")
    lines = [element("li", line) for line in evidence(comparison)]
    parts = [
        element("h2", "Against the baseline"),
        element(
            "div",
            element("p", element("strong", f"{head}:"), f" {rest}"),
            element("ul", *lines),
            css="fail" if comparison.is_worse else "fine",
        ),
    ]
    if comparison.differences:
        rows = [
            ("", [Cell(d.name), _value(d.before), _value(d.after)]) for d in comparison.differences
        ]
        parts.append(table("What differs from the baseline", ["field", "before", "now"], rows))
    for name, changes in (("Lost", comparison.lost), ("Gained", comparison.gained)):
        if changes:
            heads = ["task", "before", "now", "what happened"]
            rows = [("", _change(change)) for change in changes]
            parts.append(table(f"{name}: {len(changes)}", heads, rows, "sortable"))
    for said, tasks in (
        ("Left out, since the baseline's own runs disagree", comparison.noisy),
        ("Without a verdict, counted as lost", comparison.missing),
        ("Not in the baseline, not compared", comparison.unknown),
    ):
        if tasks:
            parts.append(element("p", f"{said} ({len(tasks)}): {', '.join(tasks)}"))
    return joined(parts)


def _change(change: Change) -> list[Cell]:
    return [
        Cell(change.task_id, css="mono nowrap"),
        Cell(outcome(change.rate_before, change.reason_before), css="nowrap"),
        Cell(outcome(change.rate_after, change.reason_after), css="nowrap"),
        Cell(detail(change.detail_after), css="detail"),
    ]


def _verdicts(record: RunRecord) -> Markup:
    metrics = list(dict.fromkeys(name for v in record.tasks.values() for name in v.metrics))
    heads = ["task", "verdict", "reason", "s", "tokens", *metrics, "detail"]
    rows = []
    for task_id, v in record.tasks.items():
        word = "passed" if v.passed else "failed"
        if record.n > 1:
            word = f"{v.n_passed} of {v.n} passed"
        css = "passed" if v.passed else "failed"
        cells = [
            Cell(task_id, css="mono nowrap"),
            Cell(word, css=f"{css} nowrap"),
            Cell(v.reason, css="nowrap"),
            Cell(f"{v.seconds:.2f}", is_number=True),
            Cell(str(v.tokens), is_number=True),
            *(Cell(_figure(v.metrics.get(name)), is_number=True) for name in metrics),
            Cell(detail(v.detail), css="detail"),
        ]
        rows.append((f"is-{css}", cells))
    switch = Markup(
        '<p><label><input type="checkbox" id="only-failed"> only what failed</label></p>'
    )
    caption = f"{len(rows)} tasks"
    return joined([element("h2", "Verdicts"), switch, table(caption, heads, rows, "sortable")])


def _fingerprint(record: RunRecord) -> Markup:
    sandbox = ", ".join(record.sandbox.mechanisms) or "none"
    spent = {f"tokens, {name}": f"{count:,}" for name, count in record.tokens.items()}
    spent |= {f"seconds, {name}": f"{value:,.1f}" for name, value in record.seconds.items()}
    spent |= {name: _figure(value) for name, value in record.metrics.items()}
    spent |= {"sandbox": sandbox + (" (WEAK)" if record.sandbox.is_weak else "")}
    parts = [
        element("h2", "What was run"),
        facts("Fingerprint", record.fingerprint),
        element("h2", "What it took"),
        facts("Tokens, seconds and figures of the whole run", spent),
    ]
    if record.canaries:
        canaries = {name: _figure(value) for name, value in record.canaries.items()}
        parts += [
            element("h2", "Canaries"),
            facts("Known cheats, and what became of them", canaries),
        ]
    return joined(parts)


def _figure(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)


def _value(value: str | None) -> Cell:
    return Cell("(none)" if value is None else value, css="mono hash")


@cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _document(title: str, body: Markup) -> str:
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body>
<main>
{body.text}
</main>
<script>{script}</script>
</body>
</html>
"""


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
