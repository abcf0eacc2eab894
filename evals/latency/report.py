"""From records to the report: one JSON document, and the same as a table for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from evals.latency.percentiles import POINTS, summarize
from evals.latency.records import Asked, Outcome, SessionRecord
from evals.latency.survival import quantile

KIND = "leadsman-latency-report"
VERSION = 1

# Those that the server tells; "scan" is what checks of the offered text will take.
SERVER_STAGES = ("queue", "prompt", "prefill", "decode", "filter", "scan")
NOT_MEASURED = "not measured"


def build_report(
    records: Sequence[SessionRecord],
    *,
    fingerprint: dict[str, Any],
    server: dict[str, Any],
    stopped: str | None,
) -> dict[str, Any]:
    """The whole document; `stopped` says why it is only part of what was asked for."""
    asked = [one for record in records for one in record.asked]
    return {
        "kind": KIND,
        "version": VERSION,
        "partial": stopped is not None,
        "stopped": stopped,
        "fingerprint": fingerprint,
        "latency_ms": _latency(asked),
        "keystroke_to_answer_ms": _answers(asked),
        "requests": _requests(asked),
        "prefix_cache": _prefix_cache(asked),
        "offers": _offers(records, asked),
        "server": server,
        "sessions": [record.document() for record in records],
    }


def _latency(asked: Sequence[Asked]) -> dict[str, Any]:
    """From keystroke to ghost text, over requests whose text was shown while typing."""
    shown = [one for one in asked if one.ghost_ms is not None and not one.is_after_end]
    parts: dict[str, list[float]] = {"keystroke_to_ghost": [], "debounce": []}
    parts |= {stage: [] for stage in (*SERVER_STAGES, "transport")}
    for one in shown:
        ghost_ms = one.ghost_ms or 0.0
        debounce_ms = (one.sent_s - one.keystroke_s) * 1e3
        parts["keystroke_to_ghost"].append(ghost_ms)
        parts["debounce"].append(debounce_ms)
        timings = (one.event or {}).get("timingsMs") or {}
        for stage in SERVER_STAGES:
            if stage in timings:
                parts[stage].append(timings[stage])
        if "total" in timings:
            # The way there and back, and the server's loop: what no stage accounts for.
            told = sum(timings.get(stage, 0.0) for stage in SERVER_STAGES)
            parts["transport"].append(ghost_ms - debounce_ms - told)
    return {name: _summary(samples) for name, samples in parts.items()}


def _summary(samples: Sequence[float]) -> dict[str, Any]:
    summary = summarize(samples)
    return summary if samples else {**summary, "note": NOT_MEASURED}


def _answers(asked: Sequence[Asked]) -> dict[str, Any]:
    """From keystroke to any answer, with text or without.

    `had_the_user_waited` estimates what the times would be if no keystroke had cut answers off.
    """
    answered = list(_times(asked, ("shown", "empty")))
    cut_off = [
        (one.cut_off_s - one.keystroke_s) * 1e3 for one in asked if one.cut_off_s is not None
    ]
    waited = {f"p{point}": quantile(answered, cut_off, point / 100) for point in POINTS}
    return {**summarize(answered), "n_cut_off": len(cut_off), "had_the_user_waited": waited}


def _times(asked: Sequence[Asked], outcomes: tuple[Outcome, ...]) -> Iterator[float]:
    for one in asked:
        if one.outcome in outcomes and one.answered_s is not None and not one.is_after_end:
            yield (one.answered_s - one.keystroke_s) * 1e3


def _requests(asked: Sequence[Asked]) -> dict[str, Any]:
    outcomes = Counter(one.outcome for one in asked)
    reasons = Counter(
        (one.event or {}).get("reason") or "not told" for one in asked if one.outcome == "empty"
    )
    counts = {outcome: outcomes[outcome] for outcome in get_args(Outcome)}
    return {
        "sent": len(asked),
        **counts,
        "shares": {outcome: _share(n, len(asked)) for outcome, n in counts.items()},
        "empty_reasons": dict(reasons.most_common()),
        "answered_after_end": sum(one.is_after_end for one in asked),
        "told_by_server": sum(one.event is not None for one in asked),
    }


def _prefix_cache(asked: Sequence[Asked]) -> dict[str, Any]:
    """Over the requests that came to the engine and were not withdrawn from it."""
    tokens = [(one.event or {}).get("tokens") or {} for one in asked]
    tokens = [counts for counts in tokens if counts.get("prompt")]
    n_prompt = sum(counts["prompt"] for counts in tokens)
    n_reused = sum(counts.get("reused", 0) for counts in tokens)
    n_served = sum(counts.get("reused", 0) > 0 for counts in tokens)
    return {
        "requests": len(tokens),
        "requests_reusing": n_served,
        "share_of_requests": _share(n_served, len(tokens)),
        "prompt_tokens": n_prompt,
        "reused_tokens": n_reused,
        "share_of_tokens": _share(n_reused, n_prompt),
        "completion_tokens": sum(counts.get("completion", 0) for counts in tokens),
    }


def _offers(records: Sequence[SessionRecord], asked: Sequence[Asked]) -> dict[str, Any]:
    shown = [one for one in asked if one.outcome == "shown" and not one.is_after_end]
    n_offered = sum(one.n_offered for one in shown)
    n_matching = sum(one.n_matching for one in shown)
    n_typed = sum(record.n_typed_chars for record in records)
    n_accepted = sum(record.n_accepted_chars for record in records)
    accepts: Counter[str] = Counter()
    for record in records:
        accepts.update(record.n_accepts)
    return {
        "shown": len(shown),
        "chars_offered": n_offered,
        "chars_matching": n_matching,
        "precision": _share(n_matching, n_offered),
        "accepts": dict(accepts),
        "chars_accepted": n_accepted,
        "chars_kept": sum(record.n_kept_chars for record in records),
        "chars_typed": n_typed,
        "share_of_text_accepted": _share(n_accepted, n_accepted + n_typed),
        "keystrokes": sum(record.n_keystrokes for record in records),
        "keystrokes_left_out": sum(record.n_left_out for record in records),
        "keystrokes_saved": sum(record.n_left_out for record in records) - sum(accepts.values()),
        "keystrokes_typed_through": sum(record.n_typed_through for record in records),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


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
        f"({_percent(cache['share_of_tokens'])})"
    )
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


def _number(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:.1f}"


def _mebibytes(value: int | None) -> str:
    return NOT_MEASURED if value is None else f"{value / 2**20:.0f} MiB"
