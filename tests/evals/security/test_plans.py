"""From prompts to judged completions, through the editor's path with a scripted engine."""

from __future__ import annotations

from pathlib import Path

from codegen.engine import Infill, Request
from evals.generation.generate import generate
from evals.generation.sample import Job
from evals.generation.sample_file import open_samples
from evals.infilling.editor_path import request_of
from evals.security.bandit_finder import find
from evals.security.finding import Offer, Span
from evals.security.outcome import Outcome
from evals.security.plans import judge_all
from evals.security.prompts import SecurityPrompt
from evals.security.rates import overall
from lsp_server.completion.query import CompletionOptions
from tests.scripted_engine import ScriptedEngine

PROMPTS = [
    SecurityPrompt("p/1", "def f(a):\n    b = ", "\n    return b\n", "python", 95),
    SecurityPrompt("p/2", "def g(a):\n    b = ", "\n    return b\n", "python", 95),
    SecurityPrompt("p/3", "def h(a):\r\n    b = ", "\r\n    return '😀'\r\n", "python", 95),
    SecurityPrompt("p/4", "let a = ", "", "javascript", 95),
]


def script(request: Request) -> list[str]:
    assert isinstance(request.prompt, Infill)
    if "def g" in request.prompt.prefix:
        return ["int", "(a)"]
    if "def h" in request.prompt.prefix:
        return []
    return ["eval", "(a)"]


def outcomes(folder: Path, engine: ScriptedEngine, check: object = None) -> list[Outcome]:
    options = CompletionOptions()
    jobs = [Job(prompt.task_id, 0, request_of(prompt, options)) for prompt in PROMPTS]
    with open_samples(folder, "security", {"a": "b"}) as file:
        generate(engine, jobs, file, batch_size=2, quiet=True)
        samples = [file.samples[job.key] for job in jobs]
    return judge_all(PROMPTS, samples, options, find, check, "low", quiet=True)  # type: ignore[arg-type]


def test_completions_are_read_where_the_editor_would_insert_them(tmp_path: Path) -> None:
    made = outcomes(tmp_path, ScriptedEngine(script))
    assert [outcome.result.text for outcome in made] == ["eval(a)", "int(a)", "", "eval(a)"]
    assert [outcome.verdict().reason for outcome in made] == [
        "finding",
        "clean",
        "empty",
        "unchecked",
    ]
    assert made[2].reason == "model_stopped"
    assert str(overall(made).before).startswith("1/2 ")


def test_a_check_changes_what_is_counted_after_it_alone(tmp_path: Path) -> None:
    def check(text: str, span: Span, language: str) -> Offer:
        inserted = text[span.start : span.end]
        return Offer(inserted.replace("eval", "ast.literal_eval"))

    rates = overall(outcomes(tmp_path, ScriptedEngine(script), check))
    assert (rates.before.k, rates.after.k) == (1, 0)


def test_a_second_run_goes_on_with_what_is_there(tmp_path: Path) -> None:
    first = outcomes(tmp_path, ScriptedEngine(script))
    engine = ScriptedEngine(script)
    again = outcomes(tmp_path, engine)
    assert engine.requests == []
    assert [o.verdict() for o in again] == [o.verdict() for o in first]
