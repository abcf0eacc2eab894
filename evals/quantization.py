"""What quantising cost: HumanEval and holes of a packed model, task by task against bf16.

    python -m evals.quantization FOLDER [--model NAME] [--device cuda]

FOLDER is what `python -m codegen.quantize` wrote. The verdicts of bf16 are those of the baselines
of the model that it was made of. On a CPU, where packed weights have no fast path, the numbers that
they stand for are decoded in bf16.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from platformdirs import user_cache_path

from analyzers.sandbox.sandbox import Sandbox
from codegen.decoder import DenseDecoder
from codegen.engine import Request
from codegen.errors import ModelFileError
from codegen.local_engine import MAX_CONTEXT_TOKENS, LocalEngine, open_packed_engine
from codegen.quantize.packed_file import PACKED_NAME, open_packed
from codegen.quantize.quality import dense_of
from codegen.tokenizer import Tokenizer
from evals.arguments import device, positive
from evals.baseline import baseline_path, read_baseline
from evals.command import run_command
from evals.errors import GateError
from evals.generation.generate import generate
from evals.generation.model_run import CPU_BATCH, GPU_BATCH
from evals.generation.sample import Job, Sample
from evals.generation.sample_file import open_samples
from evals.humaneval.canaries import run_canaries
from evals.humaneval.problems import Problem, load_problems
from evals.humaneval.prompting import build_request, completion_of
from evals.humaneval.verdicts import judge_completions
from evals.infilling.editor_path import inserted_text, request_of
from evals.infilling.scoring import score
from evals.infilling.tasks import read_tasks
from lsp_server.completion.query import CompletionOptions

_HUMANEVAL, _HOLES = ("humaneval", "chat"), ("infilling", "random-span-light.always")
_ANSWER_TOKENS, _HOLE_TOKENS = 512, 96
# What a model of 4 bits has to keep of what bf16 solves.
_ENOUGH = 0.95


@dataclass(frozen=True, slots=True)
class Loss:
    """Tasks of one evaluation: how many bf16 solves, how many the packed model, which changed."""

    eval: str
    tasks: int
    bf16: int
    packed: int
    lost: tuple[str, ...]
    gained: tuple[str, ...]

    @property
    def kept(self) -> float:
        """The share of the accuracy that is left; all of it where there was none to lose."""
        return self.packed / self.bf16 if self.bf16 else 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """0: at least 95 % of the accuracy is left in both; 1: less; 2: could not be run."""
    return run_command(_run, build_parser().parse_args(arguments))


def build_parser() -> argparse.ArgumentParser:
    """All options, with their defaults in the help."""
    parser = argparse.ArgumentParser(prog="python -m evals.quantization", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--model",
        default="qwen2.5-coder-0.5b",
        help="whose baselines say what bf16 solves (default: %(default)s)",
    )
    parser.add_argument(
        "--baselines", type=Path, help="where those lie (default: beside this module)"
    )
    parser.add_argument("--device", type=device, default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--limit", type=positive, help="only the first LIMIT tasks of each")
    parser.add_argument(
        "--jobs", type=positive, default=os.cpu_count() or 1, help="programs judged at a time"
    )
    parser.add_argument(
        "--run-dir",
        type=Path,
        default=user_cache_path("leadsman") / "evals",
        help="where samples are kept, so that a run that was stopped goes on (default: the cache)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def loss(name: str, before: Mapping[str, bool], after: Mapping[str, bool]) -> Loss:
    """Compares the verdicts of the tasks that were judged now.

    Raises:
        GateError: bf16 was never asked for one of them.
    """
    unknown = after.keys() - before.keys()
    if unknown:
        raise GateError(f"the baseline of {name} has no {min(unknown)}; it is of other tasks")
    return Loss(
        name,
        len(after),
        sum(before[task] for task in after),
        sum(after.values()),
        tuple(task for task in after if before[task] and not after[task]),
        tuple(task for task in after if after[task] and not before[task]),
    )


def _run(args: argparse.Namespace) -> int:
    before = {
        name: {
            task: verdict.passed
            for task, verdict in read_baseline(_baseline(args, name, mode)).first.tasks.items()
        }
        for name, mode in (_HUMANEVAL, _HOLES)
    }
    problems = load_problems()
    holes = read_tasks("random-span-light", None)[: args.limit]
    options = CompletionOptions(multiline="always", max_new_tokens=_HOLE_TOKENS)
    asked = {problem.task_id: problem for problem in problems[: args.limit]}
    jobs = {
        "humaneval": [Job(task, 0, _question(problem)) for task, problem in asked.items()],
        "infilling": [Job(hole.task_id, 0, request_of(hole, options)) for hole in holes],
    }
    samples = _generated(args, jobs)
    with Sandbox() as sandbox:
        run_canaries(sandbox, problems, jobs=args.jobs)
        completions = {
            task: [completion_of(samples["humaneval"][task].response, problem, "chat")]
            for task, problem in asked.items()
        }
        answered = judge_completions(
            sandbox, list(asked.values()), completions, jobs=args.jobs, quiet=args.quiet
        )
        inserted = [
            inserted_text(hole, options, samples["infilling"][hole.task_id]) for hole in holes
        ]
        filled = score(sandbox, holes, inserted, problems, jobs=args.jobs, quiet=args.quiet)
    found = [
        loss(name, before[name], {task: verdict.passed for task, verdict in verdicts.items()})
        for name, verdicts in (("humaneval", answered), ("infilling", filled))
    ]
    sys.stdout.write(_as_json(args, found) if args.json else _as_text(found))
    return 0 if all(each.kept >= _ENOUGH for each in found) else 1


def _baseline(args: argparse.Namespace, name: str, mode: str) -> Path:
    if args.baselines is None:
        return baseline_path(args.model, name, mode)
    return baseline_path(args.model, name, mode, args.baselines)


def _question(problem: Problem) -> Request:
    return build_request(problem, "chat", max_new_tokens=_ANSWER_TOKENS, temperature=0.0, seed=0)


def _generated(
    args: argparse.Namespace, jobs: Mapping[str, Sequence[Job]]
) -> dict[str, dict[str, Sample]]:
    engine = open_for(args.folder, args.device)
    batch_size = CPU_BATCH if args.device == "cpu" else GPU_BATCH
    with (args.folder / PACKED_NAME).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    found: dict[str, dict[str, Sample]] = {}
    try:
        for name, own in jobs.items():
            prompts = hashlib.sha256(repr(own).encode("utf-8", "surrogatepass")).hexdigest()
            key = {
                "model": args.folder.name,
                "mode": "packed",
                "packed_sha256": digest,
                "prompt_sha256": prompts,
                "device": engine.info.device,
                "batch_size": str(batch_size),
                "torch": torch.__version__,
            }
            with open_samples(args.run_dir, f"packed-{name}", key) as samples:
                generate(engine, own, samples, batch_size=batch_size, quiet=args.quiet)
                found[name] = {sample.task_id: sample for sample in samples.samples.values()}
    finally:
        engine.close()
    return found


def open_for(folder: Path, where: str) -> LocalEngine:
    """An engine of packed weights on any device.

    Raises:
        ModelFileError: there are none, or they are damaged.
        LeadsmanError: the device lacks memory or a package.
    """
    path = folder / PACKED_NAME
    if not path.is_file():
        raise ModelFileError(
            f"{folder} holds no {PACKED_NAME}; make one with `python -m codegen.quantize`"
        )
    if where != "cpu":
        return open_packed_engine(folder, device=where)
    weights = dense_of(open_packed(path, torch.device("cpu")), torch.bfloat16)
    decoder = DenseDecoder(weights, MAX_CONTEXT_TOKENS)
    return LocalEngine(folder.name, decoder, Tokenizer.load(folder))


def _as_json(args: argparse.Namespace, found: Sequence[Loss]) -> str:
    document = {
        "folder": str(args.folder),
        "bytes": (args.folder / PACKED_NAME).stat().st_size,
        "device": args.device,
        "evals": [asdict(each) | {"kept": each.kept} for each in found],
    }
    return json.dumps(document) + "\n"


def _as_text(found: Sequence[Loss]) -> str:
    return "".join(
        f"{each.eval}: {each.packed} of {each.tasks} tasks, bf16 {each.bf16}: "
        f"{each.kept:.1%} kept, {len(each.lost)} lost and {len(each.gained)} gained\n"
        for each in found
    )


if __name__ == "__main__":
    sys.exit(main())
