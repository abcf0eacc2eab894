"""How much later than a bare pygls server ours answers `initialize`, from process start.

Both are started in turn, so that a busy machine slows both alike; the medians are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BARE = [
    sys.executable,
    "-P",
    "-c",
    "from pygls.lsp.server import LanguageServer; LanguageServer('bare', '1').start_io()",
]
OURS = [sys.executable, "-P", "-m", "lsp_server"]
ROOT = Path(__file__).parents[1]
CLIENTS = ROOT / "tests" / "data" / "client_init"
LIMIT_MS = 150.0


def answer_ms(command: Sequence[str], params: Any, cwd: str) -> float:
    """Starts a server and returns the time until its answer to `initialize` was read."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    body = json.dumps(message).encode()
    begun = time.perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        server.stdin.flush()
        length = 0
        while header := server.stdout.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        answer = server.stdout.read(length)
        elapsed_ms = (time.perf_counter() - begun) * 1000
        server.kill()
    if b'"result"' not in answer:
        raise RuntimeError(f"{command[-1]} did not answer initialize")
    return elapsed_ms


def measure(clients: Path, runs: int) -> dict[str, Any]:
    """Medians for each recorded client and for all together, in milliseconds."""
    rows: dict[str, Any] = {}
    bare_all: list[float] = []
    ours_all: list[float] = []
    with tempfile.TemporaryDirectory() as cwd:
        for path in sorted(clients.glob("*.json")):
            params = json.loads(path.read_text(encoding="utf-8"))
            bare, ours = [], []
            for _ in range(runs):
                bare.append(answer_ms(BARE, params, cwd))
                ours.append(answer_ms(OURS, params, cwd))
            rows[path.stem] = _row(bare, ours)
            bare_all += bare
            ours_all += ours
    if not rows:
        raise RuntimeError(f"no recorded clients in {clients}")
    return {"runs": runs, "limit_ms": LIMIT_MS, "clients": rows, "all": _row(bare_all, ours_all)}


def _row(bare: Sequence[float], ours: Sequence[float]) -> dict[str, float]:
    medians = statistics.median(bare), statistics.median(ours)
    return {
        "bare_ms": round(medians[0], 1),
        "ours_ms": round(medians[1], 1),
        "difference_ms": round(medians[1] - medians[0], 1),
    }


def main(argv: list[str] | None = None) -> int:
    """Prints the table; exit code 1 when a difference is over the limit."""
    parser = argparse.ArgumentParser(prog="python -m evals.startup", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="starts of each server per client")
    parser.add_argument("--clients", type=Path, default=CLIENTS, help="recorded initialize params")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    args = parser.parse_args(argv)
    if args.runs < 1:
        parser.error("--runs must be at least 1")
    try:
        report = measure(args.clients, args.runs)
    except (RuntimeError, OSError) as exc:
        print(f"evals.startup: {exc}", file=sys.stderr)
        return 2
    for name, row in {**report["clients"], "all": report["all"]}.items():
        print(
            f"{name:28} bare pygls {row['bare_ms']:7.1f} ms   ours {row['ours_ms']:7.1f} ms"
            f"   difference {row['difference_ms']:+7.1f} ms"
        )
    if args.json is not None:
        args.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    worst = max(row["difference_ms"] for row in report["clients"].values())
    return 0 if worst <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
