"""From records to the report: one JSON document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from evals.latency.percentiles import POINTS, summarize
from evals.latency.records import Asked, Outcome, SessionRecord
from evals.latency.survival import quantile

KIND = "leadsman-latency-report"
VERSION = 1

# Those that the server tells; "check" is the reading of the text before it is offered.
SERVER_STAGES = ("queue", "prompt", "prefill", "decode", "filter", "check")
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
        "by_source": by_source(asked),
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
            told -= timings.get("before_request", 0.0)
            parts["transport"].append(ghost_ms - debounce_ms - told)
    return {name: _summary(samples) for name, samples in parts.items()}


def by_source(asked: Sequence[Asked]) -> dict[str, Any]:
    """From keystroke to ghost text by where the text came from, and to answers without any.

    model_runs: the model ran for this request, begun at its keystroke or when it came. known: an
    earlier answer served, or one in flight or computed ahead. not_told: the server does not say.
    """
    times: dict[str, list[float]] = {"model_runs": [], "known": [], "not_told": [], "empty": []}
    sources: Counter[str] = Counter()
    for one in asked:
        if one.is_after_end or one.answered_s is None:
            continue
        source = (one.event or {}).get("source")
        if one.outcome == "empty":
            times["empty"].append((one.answered_s - one.keystroke_s) * 1e3)
        elif one.ghost_ms is not None:
            sources[source or "not told"] += 1
            kind = "not_told" if source is None else "known"
            times["model_runs" if source == "model" else kind].append(one.ghost_ms)
    n_answers = sum(map(len, times.values()))
    return {
        **{kind: _summary(samples) for kind, samples in times.items()},
        "all_shown": _summary(times["model_runs"] + times["known"] + times["not_told"]),
        "share_empty": _share(len(times["empty"]), n_answers),
        "sources": dict(sources.most_common()),
    }


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
        "read_tokens_per_request": _mean(n_prompt - n_reused, len(tokens)),
        "completion_tokens": sum(counts.get("completion", 0) for counts in tokens),
        "drafted_tokens": sum(counts.get("drafted", 0) for counts in tokens),
        "accepted_tokens": sum(counts.get("accepted", 0) for counts in tokens),
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


def _mean(whole: int, n: int) -> float | None:
    return round(whole / n, 1) if n else None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
