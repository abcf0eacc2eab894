"""`make demo`: a real server over stdio completes real code, and says where the time went."""

from __future__ import annotations

import argparse
import queue
import sys
import time
from typing import Any

from evals.lsp_client import LspClient, ServerGone, apply_item

_SOURCE = '''\
"""Word statistics for plain text files."""

from collections import Counter
from pathlib import Path


def word_counts(path: Path) -> Counter[str]:
    """Counts the lower-case words of a file."""
    ▮


def most_common(path: Path, n: int = 10) -> list[tuple[str, int]]:
    """The n most frequent words of a file, most frequent first."""
    counts = word_counts(path)
    return ▮


def print_report(path: Path) -> None:
    """Prints the ten most common words with their counts."""
    for word, count in most_common(path):
        ▮
'''
_CURSOR = "▮"


def main(argv: list[str] | None = None) -> int:
    """Runs the demo; 0 when the server completed something real, 1 when it did not, 2 on errors."""
    parser = argparse.ArgumentParser(prog="python -m evals.demo", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b", help="a model of the local store")
    args = parser.parse_args(argv)
    try:
        return run(args.model)
    except ServerGone as error:
        print(f"The server failed: {error}", file=sys.stderr)
        return 2


def run(model: str) -> int:
    """Completes every cursor of the sample file in turn, as a person typing it would."""
    statuses: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    stages: list[str] = []

    def notified(method: str, params: Any) -> None:
        if method == "leadsman/status":
            statuses.put(params)
        elif method == "$/progress" and (message := params["value"].get("message")):
            stage = message.split(" (")[0].rstrip(" 0123456789%.")
            if stage not in stages:
                stages.append(stage)

    started = time.perf_counter()
    with LspClient(on_notification=notified) as client:
        client.initialize(options={"model": model})
        print(f"initialize answered after {_ms(started)} ms, before the model is loaded")
        status = _until_loaded(statuses)
        if status["state"] != "ready":
            print(f"The model did not load: {status['message']}", file=sys.stderr)
            return 2
        print(f"{status['model']} ready after {_ms(started)} ms ({'; '.join(stages)})\n")
        text, n_completed = _complete_all(client, statuses)
    print(text)
    return 0 if n_completed else 1


def _complete_all(
    client: LspClient, statuses: queue.SimpleQueue[dict[str, Any]]
) -> tuple[str, int]:
    text = _SOURCE
    n_completed = 0
    version = 1
    uri = "file:///demo/words.py"
    client.open(uri, "")
    while (offset := text.find(_CURSOR)) >= 0:
        # The other cursors are not part of the file that the person has.
        rest = text[offset + 1 :]
        buffer = text[:offset] + rest.replace(_CURSOR, "")
        version += 1
        client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [{"text": buffer}],
            },
        )
        asked = time.perf_counter()
        items = client.complete(uri, buffer, offset)
        took = _ms(asked)
        line = buffer.count("\n", 0, offset) + 1
        if items:
            n_completed += 1
            accepted = apply_item(buffer, offset, items[0])
            inserted = accepted[offset : len(accepted) - len(buffer) + offset]
            text = text[:offset] + inserted + rest
            print(f"line {line}: {len(inserted)} characters in {took} ms  {_split(statuses)}")
        else:
            text = text[:offset] + rest
            print(f"line {line}: nothing offered, {_reason(statuses)}")
    return text, n_completed


def _until_loaded(statuses: queue.SimpleQueue[dict[str, Any]]) -> dict[str, Any]:
    while True:
        try:
            status = statuses.get(timeout=300)
        except queue.Empty:
            raise ServerGone("the model was not loaded within 300 s") from None
        if status["state"] not in ("starting", "loading"):
            return status


def _latest(statuses: queue.SimpleQueue[dict[str, Any]]) -> dict[str, Any]:
    latest: dict[str, Any] = {}
    while True:
        try:
            latest = statuses.get(timeout=0.2)
        except queue.Empty:
            return latest


def _split(statuses: queue.SimpleQueue[dict[str, Any]]) -> str:
    timings = _latest(statuses).get("lastTimingsMs") or {}
    return " ".join(f"{stage} {value:.0f}" for stage, value in timings.items() if stage != "total")


def _reason(statuses: queue.SimpleQueue[dict[str, Any]]) -> str:
    empty = _latest(statuses).get("lastEmpty") or {}
    return str(empty.get("reason", "for no stated reason"))


def _ms(started: float) -> int:
    return round((time.perf_counter() - started) * 1e3)


if __name__ == "__main__":
    sys.exit(main())
