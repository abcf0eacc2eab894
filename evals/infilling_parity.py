"""Is the product as good as its model? Single-line infilling through the server and transformers.

Both sides get the same weights file, the same prompt tokens and the same stop rule (the first line
end). Ours answers through a real server process over stdio; the other is transformers' own loader
and greedy generation, counted twice: as generated, and through our post-processing, so that what
the filters change and what the arithmetic changes can be told apart. A task counts when the
generated line equals the one that was taken out.

    python -m evals.infilling_parity --data DIR [--limit 100] [--json FILE]
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from codegen.engine import CancelToken
from codegen.errors import LeadsmanError
from codegen.store.model import StoredModel
from codegen.store.store import Store
from evals.lsp_client import LspClient, ServerGone, apply_item
from evals.transformers_engine import TransformersEngine
from lsp_server.completion.complete import complete
from lsp_server.completion.query import CompletionOptions, CompletionQuery

OPTIONS = CompletionOptions(multiline="never", max_new_tokens=96)
_TASKS_NAME = "HumanEval-SingleLineInfilling.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Task:
    """A function with one line taken out."""

    task_id: str
    prefix: str
    suffix: str
    line: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What both sides generated for a task, without the line end."""

    task_id: str
    expected: str
    ours: str
    reference: str
    reference_raw: str

    @property
    def ours_exact(self) -> bool:
        """Whether the server restored the line."""
        return self.ours == self.expected

    @property
    def reference_exact(self) -> bool:
        """Whether transformers restored the line, our post-processing applied."""
        return self.reference == self.expected

    @property
    def raw_exact(self) -> bool:
        """Whether transformers restored the line as generated."""
        return self.reference_raw == self.expected


def main(argv: list[str] | None = None) -> int:
    """Prints both counts; 0 when they differ by at most one, 1 when by more, 2 on errors."""
    parser = argparse.ArgumentParser(prog="python -m evals.infilling_parity", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {_TASKS_NAME}")
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--limit", type=int, default=100, help="how many tasks, from the first")
    parser.add_argument(
        "--dtype", choices=("float32", "bfloat16"), default="float32", help="of transformers"
    )
    parser.add_argument("--json", type=Path, help="where to write counts and texts")
    args = parser.parse_args(argv)
    try:
        tasks = read_tasks(args.data, args.limit)
        model = Store().find(args.model)
        ours, ours_s = _through_server(model.name, tasks)
        raw, reference, reference_s = _through_transformers(model, tasks, args.dtype)
    except (LeadsmanError, ServerGone, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    outcomes = [
        Outcome(task.task_id, task.line, *texts)
        for task, *texts in zip(tasks, ours, reference, raw, strict=True)
    ]
    for outcome in outcomes:
        if len({outcome.ours_exact, outcome.reference_exact, outcome.raw_exact}) > 1:
            print(
                f"{outcome.task_id} expects {outcome.expected!r}: server {outcome.ours!r}, "
                f"transformers {outcome.reference!r}, raw {outcome.reference_raw!r}"
            )
    n_ours = sum(outcome.ours_exact for outcome in outcomes)
    n_reference = sum(outcome.reference_exact for outcome in outcomes)
    n_raw = sum(outcome.raw_exact for outcome in outcomes)
    print(
        f"exact lines of {len(tasks)}: server {n_ours} ({ours_s:.0f} s); "
        f"transformers {args.dtype} ({reference_s:.0f} s) {n_raw} as generated, "
        f"{n_reference} through the same post-processing"
    )
    if args.json:
        report = {
            "model": model.name,
            "tasks": len(tasks),
            "server_exact": n_ours,
            "transformers_exact": n_raw,
            "transformers_exact_postprocessed": n_reference,
            "transformers_dtype": args.dtype,
            "outcomes": [asdict(outcome) for outcome in outcomes],
        }
        args.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0 if abs(n_ours - n_reference) <= 1 else 1


def read_tasks(folder: Path, limit: int) -> list[Task]:
    """The first `limit` tasks of the data file."""
    with gzip.open(folder / _TASKS_NAME, "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for _, line in zip(range(limit), file, strict=False)]
    return [
        Task(raw["task_id"], raw["prompt"], raw["suffix"], raw["canonical_solution"].rstrip("\n"))
        for raw in lines
    ]


def _through_server(model: str, tasks: list[Task]) -> tuple[list[str], float]:
    with LspClient() as client:
        client.initialize(
            options={
                "model": model,
                "completion": {
                    "multiline": OPTIONS.multiline,
                    "max_new_tokens": OPTIONS.max_new_tokens,
                },
            }
        )
        started = time.perf_counter()
        texts = [_ask(client, i, task) for i, task in enumerate(tasks)]
        return texts, time.perf_counter() - started


def _ask(client: LspClient, i: int, task: Task) -> str:
    uri = f"file:///infilling/task_{i}.py"
    text, offset = task.prefix + task.suffix, len(task.prefix)
    client.open(uri, text)
    items = client.complete(uri, text, offset)
    client.close_document(uri)
    if not items:
        return ""
    accepted = apply_item(text, offset, items[0])
    return accepted[offset : len(accepted) - len(task.suffix)].rstrip("\r\n")


def _through_transformers(
    model: StoredModel, tasks: list[Task], dtype: str
) -> tuple[list[str], list[str], float]:
    engine = TransformersEngine(model, dtype)
    started = time.perf_counter()
    raw, polished = [], []
    for task in tasks:
        query = CompletionQuery(
            task.prefix + task.suffix, len(task.prefix), "python", trigger="invoked"
        )
        text = complete(query, OPTIONS, engine, CancelToken()).text
        raw.append(engine.last_raw.split("\n", 1)[0])
        polished.append(text.rstrip("\r\n"))
    return raw, polished, time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
