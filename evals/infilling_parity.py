"""Is the product as good as its model? Single-line infilling through the server and transformers.

Both sides get the same weights, the same prompt tokens and the same stop rule (the first line
end); ours answers through a real server process over stdio, post-processing included, the other
is transformers' own loader and greedy generation. A task counts when the generated line equals
the one that was taken out.

    python -m evals.infilling_parity --data DIR [--limit 100] [--json FILE]
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from codegen.engine import Budget, Infill
from codegen.errors import LeadsmanError
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import open_weights
from codegen.prompt.builder import PromptBuilder
from codegen.prompt.family import detect_family
from codegen.store.model import StoredModel
from codegen.store.store import Store
from codegen.tokenizer import Tokenizer
from evals.lsp_client import LspClient, ServerGone, apply_item

_TASKS_NAME = "HumanEval-SingleLineInfilling.jsonl.gz"
_MAX_NEW_TOKENS = 96


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

    @property
    def ours_exact(self) -> bool:
        """Whether the server restored the line."""
        return self.ours == self.expected

    @property
    def reference_exact(self) -> bool:
        """Whether transformers restored the line."""
        return self.reference == self.expected


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
        reference, reference_s = _through_transformers(model, tasks, args.dtype)
    except (LeadsmanError, ServerGone, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    outcomes = [
        Outcome(task.task_id, task.line, a, b)
        for task, a, b in zip(tasks, ours, reference, strict=True)
    ]
    n_ours = sum(outcome.ours_exact for outcome in outcomes)
    n_reference = sum(outcome.reference_exact for outcome in outcomes)
    for outcome in outcomes:
        if outcome.ours_exact != outcome.reference_exact:
            print(
                f"{outcome.task_id}: server {outcome.ours!r}, {outcome.reference!r} expected "
                f"{outcome.expected!r}"
            )
    print(
        f"exact lines of {len(tasks)}: server {n_ours} ({ours_s:.0f} s), "
        f"transformers {args.dtype} {n_reference} ({reference_s:.0f} s)"
    )
    if args.json:
        report = {
            "model": model.name,
            "tasks": len(tasks),
            "server_exact": n_ours,
            "transformers_exact": n_reference,
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
                "completion": {"multiline": "never", "max_new_tokens": _MAX_NEW_TOKENS},
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
) -> tuple[list[str], float]:
    import torch
    from transformers import AutoModelForCausalLM

    folder = ensure_converted(model)
    tokenizer = Tokenizer.load(folder)
    config = open_weights(folder).config
    builder = PromptBuilder(detect_family(config.architecture, tokenizer), tokenizer, config.eos_id)
    reference = AutoModelForCausalLM.from_pretrained(
        str(model.path.parent),
        gguf_file=model.path.name,
        dtype=getattr(torch, dtype),
        local_files_only=True,
    ).eval()
    budget = Budget()
    started = time.perf_counter()
    texts = []
    for task in tasks:
        prompt = builder.build(Infill(task.prefix, task.suffix), budget, 8192)
        ids = _greedy(reference, prompt.token_ids, prompt.stop_ids, tokenizer)
        raw = b"".join(tokenizer.token_bytes(i) for i in ids).decode(errors="replace")
        texts.append(raw.split("\n", 1)[0].rstrip("\r"))
    return texts, time.perf_counter() - started


def _greedy(
    model: Any, prompt_ids: tuple[int, ...], stop_ids: frozenset[int], tokenizer: Tokenizer
) -> Iterator[int]:
    import torch

    tokens, cache = torch.tensor([prompt_ids]), None
    with torch.inference_mode():
        for _ in range(_MAX_NEW_TOKENS):
            out = model(tokens, past_key_values=cache, use_cache=True)
            token_id, cache = int(out.logits[0, -1].argmax()), out.past_key_values
            if token_id in stop_ids:
                return
            yield token_id
            if b"\n" in tokenizer.token_bytes(token_id):
                return
            tokens = torch.tensor([[token_id]])


if __name__ == "__main__":
    sys.exit(main())
