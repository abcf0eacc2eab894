"""Batches are cut from the whole list, so that a resumed run generates what a whole one does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from codegen.engine import Continuation, Request
from evals.errors import GenerationFailed
from evals.generation.generate import batches, generate
from evals.generation.sample import Job
from evals.generation.sample_file import open_samples
from tests.scripted_engine import ScriptedEngine

PRINT = {"model": "m"}


def jobs(n: int) -> list[Job]:
    return [Job(f"t{i}", 0, Request(Continuation(str(i)))) for i in range(n)]


def echo(request: Request) -> Sequence[str]:
    assert isinstance(request.prompt, Continuation)
    return ["<", request.prompt.text, ">"]


def test_every_job_has_its_own_answer(tmp_path: Path) -> None:
    with open_samples(tmp_path, "t", PRINT) as file:
        report = generate(ScriptedEngine(echo), jobs(5), file, batch_size=2, quiet=True)
        assert {k: s.response for k, s in file.samples.items()} == {
            (f"t{i}", 0): f"<{i}>" for i in range(5)
        }
        assert (report.n_generated, report.n_reused) == (5, 0)
        sample = file.samples["t3", 0]
        assert (sample.finish, sample.prompt_tokens, sample.tokens) == ("stop_token", 7, 3)


def test_batches_do_not_depend_on_what_is_done() -> None:
    assert [[job.task_id for job in batch] for batch in batches(jobs(5), 2)] == [
        ["t0", "t1"],
        ["t2", "t3"],
        ["t4"],
    ]


def test_a_resumed_run_generates_the_broken_batch_as_a_whole_and_no_other(tmp_path: Path) -> None:
    def fails_at_three(request: Request) -> Sequence[str] | Exception:
        return RuntimeError("no") if request.prompt == Continuation("3") else echo(request)

    with open_samples(tmp_path, "t", PRINT) as file:
        with pytest.raises(GenerationFailed, match="t3"):
            generate(ScriptedEngine(fails_at_three), jobs(6), file, batch_size=2, quiet=True)
        assert sorted(file.samples) == [("t0", 0), ("t1", 0)]
    engine = ScriptedEngine(echo)
    with open_samples(tmp_path, "t", PRINT) as file:
        report = generate(engine, jobs(6), file, batch_size=2, quiet=True)
        assert len(file.samples) == 6
    assert [request.prompt for request in engine.requests] == [
        Continuation(str(i)) for i in range(2, 6)
    ]
    assert (report.n_generated, report.n_reused) == (4, 2)


def test_a_sample_that_is_there_keeps_its_text(tmp_path: Path) -> None:
    with open_samples(tmp_path, "t", PRINT) as file:
        generate(ScriptedEngine(echo), jobs(1), file, batch_size=1, quiet=True)
        other = ScriptedEngine(lambda _: ["other"])
        generate(other, jobs(2), file, batch_size=2, quiet=True)
        assert file.samples["t0", 0].response == "<0>"
        assert file.samples["t1", 0].response == "other"
