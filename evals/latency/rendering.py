"""The report as a table for people."""

from __future__ import annotations

from typing import Any

from evals.latency.percentiles import POINTS
from evals.latency.report import NOT_MEASURED


def render(report: dict[str, Any]) -> str:
    """The report as a person reads it."""
    lines = [f"PARTIAL: {report['stopped']}"] if report["partial"] else []
    mark = report["fingerprint"]
    lines += [
        f"{mark['model']} ({mark['weights']}, {mark['device']}), {mark['machine']['cores']} cores, "
        f"seed {mark['seed']}, trace {mark['trace_digest']}, code {mark['code']}",
        f"debounce {mark['debounce_ms']:g} ms, speed {mark['speed']:g}"
        + ("" if mark["speed"] == 1 else " (the client's times are divided by it)"),
        "",
        f"{'ms':20}{'n':>6}"
        + "".join(f"{f'p{point}':>10}" for point in POINTS)
        + "   95 % interval of p50",
    ]
    lines += [_row(name, row) for name, row in report["latency_ms"].items()]
    sources = report["by_source"]
    lines += [_row(f"... {kind}", sources[kind]) for kind in ("model_runs", "known", "empty")]
    answers = report["keystroke_to_answer_ms"]
    lines.append(_row("keystroke_to_answer", answers))
    waited = "".join(
        f"{'unknown ' if ms is None else f'{ms:.1f} ':>10}"
        for ms in answers["had_the_user_waited"].values()
    )
    n_both = answers["n"] + answers["n_cut_off"]
    lines.append(f"{'... had they waited':20}{n_both:6}{waited}   estimate with cut-off answers")
    if any(row.get("too_few_for") for row in report["latency_ms"].values()):
        lines.append("* so few samples cannot tell this percentile")
    lines.append("Only answers that no keystroke cut off are timed; the shares tell of the others.")
    requests, cache, offers = report["requests"], report["prefix_cache"], report["offers"]
    counts = ", ".join(
        f"{outcome} {requests[outcome]} ({_percent(share)})"
        for outcome, share in requests["shares"].items()
        if requests[outcome]
    )
    lines.append(f"requests   {requests['sent']} sent: {counts or '-'}")
    if requests["empty_reasons"]:
        why = ", ".join(f"{reason} {n}" for reason, n in requests["empty_reasons"].items())
        lines.append(f"           empty because: {why}")
    lines.append(f"           after the end of a session: {requests['answered_after_end']}")
    lines.append(
        f"cache      {cache['requests_reusing']} of {cache['requests']} requests reused a prefix, "
        f"{cache['reused_tokens']} of {cache['prompt_tokens']} prompt tokens "
        f"({_percent(cache['share_of_tokens'])}), {_number(cache['read_tokens_per_request'])} read "
        f"for each; {cache['accepted_tokens']} of {cache['drafted_tokens']} drafted tokens accepted"
    )
    whence = ", ".join(f"{source} {n}" for source, n in sources["sources"].items())
    lines.append(f"shown from {whence or '-'}; empty {_percent(sources['share_empty'])} of answers")
    accepts = ", ".join(f"{how} {n}" for how, n in offers["accepts"].items())
    lines.append(
        f"offers     {offers['shown']} shown, {offers['chars_offered']} characters, "
        f"{_percent(offers['precision'])} of them as the file has it; accepted {accepts}: "
        f"{offers['chars_accepted']} characters, {offers['chars_kept']} kept, "
        f"{_percent(offers['share_of_text_accepted'])} of the text"
    )
    lines.append(
        f"keystrokes {offers['keystrokes']} made, {offers['keystrokes_saved']} saved, "
        f"{offers['keystrokes_typed_through']} typed through"
    )
    if (peer := report.get("peer")) is not None:
        lines += ["", f"peer       {peer['url']}, the same replay"]
        lines += [
            _row(f"... {kind}", peer["by_source"][kind])
            for kind in ("model_runs", "empty", "all_shown")
        ]
        lines.append(
            f"           p50 of the peer / ours: {_ratio(peer['ratio_model_runs'])} over runs of "
            f"the model, {_ratio(peer['ratio_all_shown'])} over all that was shown"
        )
    server = report["server"]
    lines.append(
        f"server     {_number(server['cpu_s_sessions'])} CPU s in "
        f"{_number(server['sessions_s'])} s of sessions, {_number(server['cpu_s_loading'])} while "
        f"loading; peak memory {_mebibytes(server['peak_bytes'])}"
    )
    return "\n".join(lines)


def _row(name: str, row: dict[str, Any]) -> str:
    if not row["n"]:
        return f"{name:20}{0:6}   {NOT_MEASURED}"
    cells = "".join(
        f"{row[f'p{point}']:9.1f}{'*' if f'p{point}' in row['too_few_for'] else ' '}"
        for point in POINTS
    )
    low, high = row["p50_interval"]
    return f"{name:20}{row['n']:6}{cells}   {low:.1f} to {high:.1f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _ratio(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:.2f}"


def _number(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:.1f}"


def _mebibytes(value: int | None) -> str:
    return NOT_MEASURED if value is None else f"{value / 2**20:.0f} MiB"
