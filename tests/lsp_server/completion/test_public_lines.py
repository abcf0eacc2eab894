"""The public single-line infilling tasks: what is right already must stay right."""

from __future__ import annotations

import ast
import gzip
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from codegen.engine import CancelToken
from lsp_server.completion.complete import complete
from lsp_server.completion.query import CompletionOptions, CompletionQuery
from tests.scripted_engine import ScriptedEngine, says

DATA = Path(__file__).parents[4] / "shared" / "data" / "humaneval_infilling"
TASKS = DATA / "HumanEval-SingleLineInfilling.jsonl.gz"

pytestmark = pytest.mark.skipif(
    not TASKS.is_file(), reason="../shared/data/humaneval_infilling is not beside this checkout"
)

# The author indented this body by two steps; a model that writes it is taken to have indented
# once too much, which small models do far more often than authors.
LOST = {"SingleLineInfilling/HumanEval/107/L8"}
# Authors who change to smaller steps in mid-file cannot be told from a model that does not.
LOST_WHEN_INDENTED_AGAIN = {*LOST, "SingleLineInfilling/HumanEval/109/L9"}
# So many lines end in blanks, which are trimmed on purpose.
N_WITH_TRAILING_BLANKS = 25

# Steps of two or three become a mixture of tabs and blanks that Python itself refuses.
MOST_REFUSED_WITH_TABS = 6


class Task(NamedTuple):
    name: str
    prompt: str
    line: str
    suffix: str


def _tasks() -> list[Task]:
    with gzip.open(TASKS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Task(row["task_id"], row["prompt"], row["canonical_solution"], row["suffix"])
        for row in rows
    ]


def _tabs(text: str) -> str:
    """The text with each step of indentation as a tab, as an author who uses tabs writes it."""
    lines = text.split("\n")
    return "\n".join(
        "\t" * ((len(line) - len(line.lstrip(" "))) // 4)
        + " " * ((len(line) - len(line.lstrip(" "))) % 4)
        + line.lstrip(" ")
        for line in lines
    )


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _insert(prompt: str, suffix: str, said: str, multiline: str = "auto") -> str:
    query = CompletionQuery(prompt + suffix, len(prompt), "python")
    options = CompletionOptions(multiline=multiline)  # type: ignore[arg-type]
    engine = ScriptedEngine(says(*said.splitlines(keepends=True)))
    result = complete(query, options, engine, CancelToken())
    assert bool(result.text) is (result.reason is None)
    return result.text


@pytest.mark.parametrize("layout", ["lf", "crlf", "tabs", "tabs_from_blanks", "crlf_tabs"])
@pytest.mark.parametrize("place", ["line_above", "empty_line"])
@pytest.mark.parametrize("goes_on", [False, True])
def test_every_right_line_is_inserted_as_it_is(layout: str, place: str, goes_on: bool) -> None:
    lost, n_refused = set(), 0
    tasks = _tasks()
    assert len(tasks) == 1033
    for task in tasks:
        prompt, line, suffix = task.prompt, task.line, task.suffix
        if "tabs" in layout:
            prompt, line, suffix = _tabs(prompt), _tabs(line), _tabs(suffix)
        said = task.line if layout == "tabs_from_blanks" else line
        if goes_on:
            # A model that does not stop goes on with what stands below the cursor.
            said += suffix
        if place == "empty_line":
            suffix = "\n" + suffix
        if "crlf" in layout:
            prompt, suffix = prompt.replace("\n", "\r\n"), suffix.replace("\n", "\r\n")
        text = _insert(prompt, suffix, said)
        eol = "\r\n" if "crlf" in layout else "\n"
        if text.removesuffix(eol) != line.rstrip(" \n"):
            if _parses(prompt + line + suffix):
                lost.add(task.name)
            else:
                n_refused += 1
    assert lost == LOST
    assert n_refused <= (MOST_REFUSED_WITH_TABS if "tabs" in layout else 0)


def test_only_the_known_lines_lose_their_trailing_blanks() -> None:
    assert sum(task.line.endswith(" \n") for task in _tasks()) == N_WITH_TRAILING_BLANKS


def test_a_line_above_another_ends_with_the_document_line_end() -> None:
    for task in _tasks():
        if not task.suffix.split("\n")[0].strip():
            continue
        if task.name not in LOST:
            expected = task.line.rstrip(" \n") + "\n"
            assert _insert(task.prompt, task.suffix, task.line) == expected


def test_a_first_line_indented_once_too_much_is_moved_back() -> None:
    wrong = set()
    for task in _tasks():
        head = task.prompt.rstrip("\n").rsplit("\n", 1)[-1]
        # Where a block ends, less indentation is as right as more: only the model knows.
        if not head.endswith(":") and not head.endswith('"""'):
            continue
        text = _insert(task.prompt, task.suffix, "    " + task.line)
        if text.rstrip("\n") != task.line.rstrip(" \n"):
            wrong.add(task.name)
    assert wrong == LOST_WHEN_INDENTED_AGAIN
