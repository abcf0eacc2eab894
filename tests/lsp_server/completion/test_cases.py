"""The golden corpus in `cases/`: documents, what the model says, and what is inserted."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from codegen.engine import CancelToken
from lsp_server.completion.complete import complete
from lsp_server.completion.query import CompletionOptions, CompletionQuery, CompletionResult
from tests.scripted_engine import ScriptedEngine, says

CURSOR = "‸"
FOLDER = Path(__file__).parent / "cases"

Case = dict[str, Any]


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}")
        for path in sorted(FOLDER.glob("*.toml"))
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    ]


def _ask(case: Case, pieces: list[str]) -> tuple[CompletionResult, ScriptedEngine]:
    before, cursor, after = case["document"].partition(CURSOR)
    assert cursor
    query = CompletionQuery(
        text=before + after,
        offset=len(before) + case.get("cursor_after_cr", False),
        language_id=case.get("language", "python"),
        trigger=case.get("trigger", "invoked"),
    )
    options = CompletionOptions(
        # A script that runs into the limit is one that the limit cut.
        max_new_tokens=len(pieces) if case.get("finish") == "length" else 1000,
        max_lines=case.get("max_lines", 12),
        multiline=case.get("multiline", "auto"),
    )
    said = [*pieces, " never written"] if case.get("finish") == "length" else pieces
    engine = ScriptedEngine(says(*said))
    return complete(query, options, engine, CancelToken()), engine


@pytest.mark.parametrize("case", _cases())
def test_the_corpus_gives_what_it_says(case: Case) -> None:
    result, _ = _ask(case, [case["said"]] if case["said"] else [])
    assert (result.text, result.reason) == (case.get("inserted", ""), case.get("reason"))


@pytest.mark.parametrize("case", _cases())
def test_the_pieces_that_a_text_comes_in_do_not_matter(case: Case) -> None:
    whole, _ = _ask(case, [case["said"]] if case["said"] else [])
    single, _ = _ask(case, list(case["said"]))
    assert (single.text, single.reason) == (whole.text, whole.reason)


def test_the_corpus_is_large_and_its_names_are_unique() -> None:
    names = [param.id for param in _cases()]
    assert len(names) >= 60
    assert len(set(names)) == len(names)
