"""The command line of `python -m evals.latency`."""

from __future__ import annotations

import argparse
import json
import random
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

from evals.command import unexpected
from evals.latency import baseline as baselines
from evals.latency.errors import LatencyError, SetUpError
from evals.latency.fingerprint import code, machine
from evals.latency.harness import Config, Harness
from evals.latency.player import Pace
from evals.latency.rendering import render
from evals.latency.report import build_report
from evals.latency.sessions import make_session
from evals.latency.sources import read_sources
from evals.latency.trace import Session
from evals.latency.trace_document import digest, load_trace, write_document
from evals.lsp_client import SERVER_COMMAND, ServerGone

_Number = TypeVar("_Number", int, float)

PROGRAM = "python -m evals.latency"
INTERRUPTED = 130

# VS Code waits 50 ms after a keystroke before it asks (its "InlineCompletionsDebounce" is fixed at
# that), Neovim 0.12 waits 200 ms. The shorter one is what most users have, and asks more of us.
DEBOUNCE_MS = 50.0


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the harness and returns its exit code; see the package's docstring."""
    args = _parser().parse_args(argv)
    if args.update_baseline and args.baseline is None:
        _say("--update-baseline needs --baseline FILE")
        return 2
    try:
        return _run(args)
    except LatencyError as error:
        _say(str(error))
        return 2
    except Exception as error:  # noqa: BLE001 - 1 would say that the server got slower.
        _say(unexpected(error))
        return 2
    except KeyboardInterrupt:
        _say("interrupted before the first session")
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Replays typing sessions and reports what a user feels."
    )
    parser.add_argument("--model", metavar="REF", help="a model of the local store")
    parser.add_argument("--sessions", type=_count, default=6, metavar="N", help="default 6")
    parser.add_argument("--seed", type=int, default=0, help="of the sessions; default 0")
    parser.add_argument(
        "--chars", type=_chars, default=120, metavar="N", help="typed in a session; default 120"
    )
    parser.add_argument(
        "--debounce-ms",
        type=_milliseconds,
        default=DEBOUNCE_MS,
        metavar="MS",
        help="the client's wait after a keystroke; default 50 as in VS Code, Neovim has 200",
    )
    parser.add_argument(
        "--speed", type=_factor, default=1.0, metavar="X", help="divides the client's times by X"
    )
    parser.add_argument("--file", type=Path, nargs="+", default=[], metavar="PATH")
    parser.add_argument("--trace", type=Path, nargs="+", default=[], metavar="FILE")
    parser.add_argument("--save-trace", type=Path, metavar="FILE")
    parser.add_argument("--json", metavar="FILE", help="write the report there; - is stdout")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="a report to compare with")
    parser.add_argument("--update-baseline", action="store_true", help="write the baseline anew")
    parser.add_argument(
        "--tolerance",
        type=_tolerance,
        default=1.25,
        metavar="X",
        help="how much slower or fewer is still no regression; default 1.25",
    )
    parser.add_argument(
        "--peer-server",
        metavar="URL",
        help="replay the same against a server of llama.cpp on this machine afterwards",
    )
    parser.add_argument(
        "--server",
        type=shlex.split,
        default=list(SERVER_COMMAND),
        metavar="COMMAND",
        help="starts the server; default is this installation's",
    )
    return parser


def _run(args: argparse.Namespace) -> int:
    sessions = _sessions(args)
    config = Config(args.model, Pace(args.debounce_ms, args.speed), args.server)
    fingerprint = _fingerprint(args, sessions)
    for path in (args.json, args.baseline, args.save_trace):
        # Better now than after minutes of typing.
        if path not in (None, "-") and not Path(path).parent.is_dir():
            raise SetUpError(f"{path}: its folder does not exist")
    before = None
    if args.baseline is not None and not args.update_baseline:
        before = baselines.read_report(args.baseline)
        baselines.check_comparable(fingerprint, before, args.baseline)
    if args.save_trace is not None:
        baselines.write_json(args.save_trace, write_document(sessions))
    if args.peer_server is not None:
        from evals.latency.peer_engine import find_server

        find_server(args.peer_server)
    harness = Harness(config)
    stopped, exit_code = _play(harness, sessions)
    engine = harness.engine
    fingerprint |= {key: engine.get(key) for key in ("model", "family", "weights", "device")}
    report = build_report(
        harness.records, fingerprint=fingerprint, server=harness.server, stopped=stopped
    )
    if args.peer_server is not None and stopped is None:
        report["peer"] = _replay_peer(args, harness, sessions, report)
    checks = None
    if before is not None and stopped is None:
        checks = baselines.compare(report, before, args.tolerance)
        report["comparison"] = {
            "tolerance": args.tolerance,
            "is_worse": any(check.is_worse for check in checks),
        }
        exit_code = 1 if report["comparison"]["is_worse"] else 0
    _write(args, report, checks)
    if args.update_baseline and stopped is None:
        baselines.write_json(args.baseline, report)
    if stopped is not None:
        _say(stopped)
    return exit_code


def _replay_peer(
    args: argparse.Namespace,
    harness: Harness,
    sessions: Sequence[Session],
    report: dict[str, Any],
) -> dict[str, Any]:
    # Only here, because it brings the tokenizer with it.
    from evals.latency.peer_replay import open_peer, peer_report, replay

    engine = open_peer(args.peer_server, harness.engine.get("model"), harness.engine.get("family"))
    config = harness.config
    records = replay(engine, sessions, config.pace, config.clock)
    return peer_report(args.peer_server, records, report["by_source"])


def _sessions(args: argparse.Namespace) -> list[Session]:
    if args.trace:
        return [session for path in args.trace for session in load_trace(path)]
    sources = read_sources(args.file)
    return [
        # Each session has its own seed, so that the first ones are the same however many follow.
        make_session(sources[i % len(sources)], random.Random(f"{args.seed}/{i}"), args.chars, i)
        for i in range(args.sessions)
    ]


def _fingerprint(args: argparse.Namespace, sessions: Sequence[Session]) -> dict[str, Any]:
    return {
        "model": None,
        "code": code(),
        "machine": machine(),
        "seed": None if args.trace else args.seed,
        "sessions": len(sessions),
        "trace_digest": digest(sessions),
        "debounce_ms": args.debounce_ms,
        "speed": args.speed,
    }


def _play(harness: Harness, sessions: Sequence[Session]) -> tuple[str | None, int]:
    """Why the run stopped early, if it did, and the exit code."""
    n_events = sum(len(session.events) for session in sessions)
    try:
        with tqdm(
            total=n_events, unit="event", desc="typing", file=sys.stderr, mininterval=0.2
        ) as bar:
            harness.run(sessions, lambda: bar.update() and None)
    except ServerGone as error:
        return f"the server failed: {' '.join(str(error).split())}", 2
    except KeyboardInterrupt:
        if not harness.records:
            raise
        return "interrupted", INTERRUPTED
    return None, 0


def _write(
    args: argparse.Namespace, report: dict[str, Any], checks: list[baselines.Check] | None
) -> None:
    if args.json == "-":
        print(json.dumps(report, indent=2))
        return
    print(render(report))
    if checks is not None:
        print(f"\n{'against the baseline':24}{'before':>10}{'now':>10}{'ratio':>8}")
        print("\n".join(map(str, checks)))
    if args.json is not None:
        baselines.write_json(Path(args.json), report)


def _say(reason: str) -> None:
    print(f"{PROGRAM}: {reason}", file=sys.stderr)


def _count(text: str) -> int:
    return _number(text, int, 1, 10_000)


def _chars(text: str) -> int:
    return _number(text, int, 8, 100_000)


def _milliseconds(text: str) -> float:
    return _number(text, float, 0, 60_000)


def _factor(text: str) -> float:
    return _number(text, float, 0.01, 10_000)


def _tolerance(text: str) -> float:
    return _number(text, float, 1, 1000)


def _number(text: str, kind: type[_Number], low: float, high: float) -> _Number:
    try:
        value = kind(text)
    except ValueError:
        value = kind(-1)
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low:g} to {high:g}")
    return value
