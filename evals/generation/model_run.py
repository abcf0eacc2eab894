"""From a model's name to the samples of all jobs, on disk and in hand."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from codegen.cpu.opening import FORMATS
from codegen.local_engine import open_engine
from codegen.store.store import Store
from evals.arguments import device, positive
from evals.generation.fingerprint import fingerprint
from evals.generation.generate import GenerationReport, generate
from evals.generation.sample import Job, Key, Sample
from evals.generation.sample_file import open_samples

CPU_BATCH = 16
# A GPU takes a step of hundreds in hardly more time than one of few; those for which its cache has
# no room wait for the others.
GPU_BATCH = 192


@dataclass(frozen=True, slots=True)
class ModelRun:
    """The samples of all jobs and what made them."""

    samples: Mapping[Key, Sample]
    fingerprint: dict[str, str]
    report: GenerationReport


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of every evaluation that generates."""
    group = parser.add_argument_group("generation")
    group.add_argument(
        "--model", default="qwen2.5-coder-0.5b", help="a name of `leadsman model list`, or a path"
    )
    group.add_argument(
        "--device", type=device, default="cpu", help="cpu, cuda or cuda:N (default: %(default)s)"
    )
    group.add_argument(
        "--weights", choices=FORMATS, help="how a CPU holds them (default: int8 where it can)"
    )
    group.add_argument(
        "--batch-size",
        type=positive,
        help=f"samples decoded together (default: {CPU_BATCH}, on a GPU {GPU_BATCH})",
    )
    group.add_argument(
        "--run-dir",
        type=Path,
        default=user_cache_path("leadsman") / "evals",
        help="where samples are kept, so that a run that was stopped goes on (default: the cache)",
    )
    group.add_argument("--quiet", action="store_true", help="no progress bars")


def run_model(
    args: argparse.Namespace,
    jobs: Sequence[Job],
    *,
    eval_name: str,
    mode: str,
    dataset_sha256: str,
    anew: bool = False,
) -> ModelRun:
    """Generates what is not there yet for all jobs.

    Args:
        args: with the options of `add_model_arguments`.
        jobs: in the order of the data.
        eval_name: begins the file's name.
        mode: how the model is asked; part of the fingerprint.
        dataset_sha256: of the tasks; part of the fingerprint.
        anew: ignores and keeps what an earlier run generated; for a baseline's second run.

    Raises:
        EvalError: see `evals.errors`.
        LeadsmanError: the model is not there or cannot be loaded.
    """
    batch_size = args.batch_size or (CPU_BATCH if args.device == "cpu" else GPU_BATCH)
    model = Store().find(args.model)
    engine = open_engine(model, device=args.device, weights_format=args.weights)
    try:
        key = fingerprint(
            model,
            engine.info,
            jobs,
            batch_size=batch_size,
            mode=mode,
            dataset_sha256=dataset_sha256,
        )
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) if anew else args.run_dir
            with open_samples(folder, f"{eval_name}-{mode}", key) as file:
                report = generate(engine, jobs, file, batch_size=batch_size, quiet=args.quiet)
                return ModelRun(dict(file.samples), key, report)
    finally:
        engine.close()
