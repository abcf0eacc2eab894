"""`make demo`: a real server over stdio completes real code, and finds and mends what is unsafe."""

from __future__ import annotations

import argparse
import difflib
import queue
import sys
import time
from typing import Any

from evals.lsp_client import LspClient, ServerGone, apply_item, offset_of

_SOURCE = '''\
"""Word statistics for plain text files."""

from collections import Counter
from pathlib import Path


def word_counts(path: Path) -> Counter[str]:
    """Counts the lower-case words of a file."""
    words = path.read_text(encoding="utf-8").lower().split()
    return Counter(words)


def most_common(path: Path, n: int = 10) -> list[tuple[str, int]]:
    """The n most frequent words of a file, most frequent first."""
    counts = word_counts(path)
    return counts.most_common(n)


def print_report(path: Path) -> None:
    """Prints the ten most common words with their counts."""
    for word, count in most_common(path):
        print(f"{count:6d}  {word}")
'''
_UNSAFE = '''\
import sqlite3

from flask import Flask, request

app = Flask(__name__)


@app.get("/words")
def words() -> list[str]:
    """The words that begin as the request says."""
    cursor = sqlite3.connect("words.db").cursor()
    beginning = request.args["beginning"]
    query = f"SELECT word FROM words WHERE word LIKE '{beginning}%'"
    return [row[0] for row in cursor.execute(query)]
'''
# What a person types before stopping; the rest of each line is taken out.
_STOPS = ("    words = path.", "    return counts.", "        print(")


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
    """Takes the end of a few lines out of a real file and has the server write them."""
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
        print(f"{status['model']} ready after {_ms(started)} ms ({'; '.join(stages)})")
        n_completed = sum([_complete(client, statuses, typed) for typed in _STOPS])
        has_mended = _mend(client)
    print(f"\n{n_completed} of {len(_STOPS)} places completed")
    return 0 if n_completed and has_mended else 1


def _mend(client: LspClient) -> bool:
    """Opens a file with a real weakness, shows what the server says of it, and takes its fix."""
    document = {"uri": "file:///demo/service.py"}
    client.open(document["uri"], _UNSAFE)
    report = client.request("textDocument/diagnostic", {"textDocument": document})
    for diagnostic in report["items"]:
        line = diagnostic["range"]["start"]["line"] + 1
        print(f"\nservice.py:{line}  {diagnostic['code']}: {diagnostic['message']}")
        asked = {
            "textDocument": document,
            "range": diagnostic["range"],
            "context": {"diagnostics": [diagnostic], "only": ["quickfix"]},
        }
        for action in client.request("textDocument/codeAction", asked) or []:
            if not action.get("isPreferred"):
                continue
            whole = action if "edit" in action else client.request("codeAction/resolve", action)
            if edits := _edits(whole.get("edit") or {}, document["uri"]):
                print(f"  fix: {action['title']}")
                _print_change(_UNSAFE, _edited(_UNSAFE, edits))
                return True
    print("\nservice.py: the server found nothing to mend", file=sys.stderr)
    return False


def _edits(change: dict[str, Any], uri: str) -> list[dict[str, Any]]:
    whole = change.get("documentChanges") or []
    return [edit for one in whole for edit in one["edits"]] or (change.get("changes") or {}).get(
        uri, []
    )


def _edited(text: str, edits: list[dict[str, Any]]) -> str:
    placed = [
        (offset_of(text, e["range"]["start"]), offset_of(text, e["range"]["end"]), e["newText"])
        for e in edits
    ]
    for start, end, new in sorted(placed, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _print_change(before: str, after: str) -> None:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    for line in list(lines)[2:]:
        if not line.startswith("@@"):
            print(f"  {line}")


def _complete(client: LspClient, statuses: queue.SimpleQueue[dict[str, Any]], typed: str) -> bool:
    start = _SOURCE.index(typed)
    offset, end = start + len(typed), _SOURCE.index("\n", start)
    text = _SOURCE[:offset] + _SOURCE[end:]
    uri = f"file:///demo/words_{start}.py"
    client.open(uri, text)
    asked = time.perf_counter()
    items = client.complete(uri, text, offset)
    took = _ms(asked)
    client.close_document(uri)
    line = text.count("\n", 0, offset) + 1
    if not items:
        print(f"\nwords.py:{line}  nothing offered: {_reason(statuses)}")
        return False
    accepted = apply_item(text, offset, items[0])
    inserted = accepted[offset : len(accepted) - len(text) + offset]
    print(f"\nwords.py:{line}  {took} ms  ({_split(statuses)})")
    print(f"  you typed    {typed.strip()}")
    print(f"  it continued {' ' * (len(typed.strip()))}{inserted}")
    return True


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
    return ", ".join(f"{stage} {ms:.0f}" for stage, ms in timings.items() if stage != "total")


def _reason(statuses: queue.SimpleQueue[dict[str, Any]]) -> str:
    empty = _latest(statuses).get("lastEmpty") or {}
    return str(empty.get("reason", "for no stated reason"))


def _ms(started: float) -> int:
    return round((time.perf_counter() - started) * 1e3)


if __name__ == "__main__":
    sys.exit(main())
