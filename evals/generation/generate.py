"""Runs jobs through an engine in batches that do not depend on what is already done.

A token's rounding depends on the batch that it was computed in. The batches are therefore cut
from the whole list of jobs, in its order; one with a missing sample is generated again as a
whole, and a resumed run gives the same text as one that was never interrupted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tqdm import tqdm

from codegen.engine import CancelToken, Engine, Finished, TextDelta
from evals.errors import GenerationFailed
from evals.generation.sample import Job, Key, Sample
from evals.generation.sample_file import SampleFile


@dataclass(frozen=True, slots=True)
class GenerationReport:
    """What was done in this process: samples and seconds; the rest was there already."""

    n_generated: int
    n_reused: int
    seconds: float


def batches(jobs: Sequence[Job], size: int) -> Iterator[Sequence[Job]]:
    """The jobs in their order, `size` at a time."""
    for start in range(0, len(jobs), size):
        yield jobs[start : start + size]


def generate(
    engine: Engine, jobs: Sequence[Job], file: SampleFile, *, batch_size: int, quiet: bool = False
) -> GenerationReport:
    """Generates the samples that `file` lacks and appends them, batch by batch.

    Raises:
        GenerationFailed: the engine failed; what was finished before is kept.
        SamplesError: the file cannot be written.
    """
    wanted: set[Key] = {job.key for job in jobs}
    n_reused = len(wanted & file.samples.keys())
    started = time.perf_counter()
    with tqdm(total=len(jobs), initial=0, unit="sample", desc="generating", disable=quiet) as bar:
        for batch in batches(jobs, batch_size):
            if any(job.key not in file.samples for job in batch):
                file.append(_run(engine, batch))
            bar.update(len(batch))
    n_generated = len(wanted & file.samples.keys()) - n_reused
    return GenerationReport(n_generated, n_reused, time.perf_counter() - started)


def _run(engine: Engine, batch: Sequence[Job]) -> list[Sample]:
    started = time.perf_counter()
    texts = [""] * len(batch)
    ends: dict[int, Finished] = {}
    for event in engine.generate([job.request for job in batch], CancelToken()):
        if isinstance(event, TextDelta):
            texts[event.request_idx] += event.text
        else:
            ends[event.request_idx] = event
    seconds = (time.perf_counter() - started) / len(batch)
    samples = []
    for i, job in enumerate(batch):
        end = ends.get(i)
        if end is None or end.reason in ("failed", "cancelled"):
            why = end.detail or end.reason if end else "it ended without a result"
            raise GenerationFailed(
                f"the engine failed at {job.task_id}: {why}; what was finished before is kept, "
                "start again to go on"
            )
        samples.append(
            Sample(
                job.task_id,
                job.sample_idx,
                texts[i],
                end.reason,
                end.tokens.prompt,
                end.tokens.completion,
                round(seconds, 3),
            )
        )
    return samples
