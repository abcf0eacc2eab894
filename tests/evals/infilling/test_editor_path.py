"""What the harness inserts is what the editor would."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codegen.engine import CancelToken, Infill
from evals.generation.sample import Sample
from evals.infilling.editor_path import inserted_text, request_of
from evals.infilling.tasks import InfillingTask
from lsp_server.completion.complete import complete
from lsp_server.completion.query import CompletionOptions, CompletionQuery
from tests.scripted_engine import ScriptedEngine

TASK = InfillingTask("t", "def f(a):\n", "    return b\n", "    b = a\n", "f", "", "HumanEval/0")


@pytest.mark.parametrize("multiline", ["never", "always", "auto"])
def test_the_request_is_the_one_the_server_makes(multiline: str) -> None:
    options = CompletionOptions(multiline=multiline)  # type: ignore[arg-type]
    engine = ScriptedEngine(lambda _: ["    b"])
    query = CompletionQuery(TASK.prefix + TASK.suffix, len(TASK.prefix), "python", None, "invoked")
    complete(query, options, engine, CancelToken())
    # All but what may be kept from one hole to the next.
    assert [request_of(TASK, options)] == [replace(engine.requests[0], kept_bytes=0)]
    assert engine.requests[0].prompt == Infill(TASK.prefix, TASK.suffix)


@pytest.mark.parametrize(
    "pieces",
    [
        ["    b", " = a", "\n", "    c = 1\n", "    return b\n", "more"],
        ["    b = a\n    return b\n"],
        ["  ", "  if a:\n        b = a\n    else:\n        b = 0\n", "\n\ndef g():\n    pass\n"],
        [],
        ["\n\n"],
        ["    x = 1\n"] * 30,
    ],
)
def test_a_text_played_back_ends_where_a_live_one_does(pieces: list[str]) -> None:
    options = CompletionOptions(multiline="always")
    query = CompletionQuery(TASK.prefix + TASK.suffix, len(TASK.prefix), "python", None, "invoked")
    live = complete(query, options, ScriptedEngine(lambda _: pieces), CancelToken())
    sample = Sample("t", 0, "".join(pieces), "stop_token", 7, len(pieces), 0.1)
    played = inserted_text(TASK, options, sample)
    assert (played.text, played.reason) == (live.text, live.reason)
