"""Run records survive their JSON, and nothing else passes for one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.errors import OutputError, RecordError
from evals.json_fields import dumps
from evals.record_json import from_json, read_record, to_json, write_record
from evals.run_record import RunRecord, SandboxReport, TaskVerdict
from tests.evals.records import FINGERPRINT, make_record, make_tasks

RECORD = make_record(make_tasks(4, 1), selection=["HumanEval/0"])
SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(0, 9)


def verdicts(n: int) -> st.SearchStrategy[TaskVerdict]:
    return st.builds(
        lambda n_passed, reason, detail, metrics: TaskVerdict(
            n_passed > 0, reason, detail, n, n_passed, 0.25, 3, metrics
        ),
        st.integers(0, n),
        st.text(),
        st.text(st.characters(categories=None)),
        st.dictionaries(st.sampled_from(["exact_match", "edit_similarity"]), SCALARS),
    )


@given(st.data())
def test_every_record_comes_back_from_its_json(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 3))
    record = RunRecord(
        eval=data.draw(st.text()),
        created="2026-02-03T04:05:06+00:00",
        pass_at_1=data.draw(st.floats(0, 1)),
        stderr=data.draw(st.none() | st.floats(0, 1)),
        pass_at_k={1: 0.5, 10: 1.0},
        n=n,
        fingerprint=FINGERPRINT | data.draw(st.dictionaries(st.text(), st.text())),
        sandbox=SandboxReport(tuple(data.draw(st.lists(st.text()))), data.draw(st.booleans())),
        tokens={"generated": 5},
        seconds={"generate": 0.5},
        tasks=data.draw(st.dictionaries(st.text(), verdicts(n))),
        metrics=data.draw(st.dictionaries(st.text(), SCALARS)),
        selection=data.draw(st.none() | st.lists(st.text()).map(tuple)),
        partial=data.draw(st.booleans()),
        canaries=data.draw(st.dictionaries(st.text(), SCALARS)),
    )
    # Python's own 1 == True == 1.0 would hide a changed type; the text does not.
    text = dumps(to_json(record))
    assert text.isascii()
    assert from_json(json.loads(text)) == record
    assert dumps(to_json(from_json(json.loads(text)))) == text


def change(path: str, value: object) -> Any:
    document: Any = json.loads(dumps(to_json(RECORD)))
    *parents, last = path.split(".")
    part = document
    for parent in parents:
        part = part[parent]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("schema", 2, "schema 2 and this version reads 1"),
        ("schema", True, "schema True"),
        ("schema", ..., "no run record"),
        ("tasks", ..., "no run record"),
        ("fingerprint", ..., "lacks fingerprint"),
        ("extra", 1, "unknown 'extra'"),
        ("sandbox.extra", 1, "sandbox has unknown 'extra'"),
        ("sandbox.is_weak", 0, "is_weak is 0 and should be true or false"),
        ("sandbox.mechanisms", "rlimits", "should be a list of text"),
        ("eval", 3, "eval is 3 and should be text"),
        ("created", "yesterday", "should be an ISO time"),
        ("created", "2026-01-01T00:00:00", "should be in UTC"),
        ("created", "2026-01-01T00:00:00+02:00", "should be in UTC"),
        ("pass_at_1", 1.5, "should be from 0 to 1"),
        ("pass_at_1", True, "should be a number"),
        ("pass_at_1", 10**400, "too large"),
        ("stderr", -0.1, "stderr is -0.1"),
        ("pass_at_k", {"0": 0.5}, "numbers from 1"),
        ("pass_at_k", {"one": 0.5}, "numbers from 1"),
        ("n", 1.0, "n is 1.0 and should be a whole number"),
        ("n", 2, "lacks|samples"),
        ("fingerprint.model", ..., "fingerprint has no 'model'"),
        ("fingerprint.mode", None, "fingerprint mode is None"),
        ("tokens", {"generated": -1}, "tokens generated is -1"),
        ("metrics", {"a": [1]}, "should be one value"),
        ("metrics", {"a": float("inf")}, "too large"),
        ("tasks", [], "tasks is .* should be an object"),
        ("tasks.HumanEval/0", {}, "'HumanEval/0' lacks passed or reason"),
        ("tasks.HumanEval/0.passed", "yes", "passed is 'yes'"),
        ("tasks.HumanEval/0.passed", False, "passed is False and n_passed is 1"),
        ("tasks.HumanEval/0.n_passed", 2, "2 of 1 samples"),
        ("tasks.HumanEval/0.n", 0, "0"),
        ("tasks.HumanEval/0.seconds", "1", "seconds is '1'"),
        ("tasks.HumanEval/0.exact_match", {}, "should be one value"),
        ("selection", "HumanEval/0", "should be a list of text"),
        ("partial", None, "partial is None"),
    ],
)
def test_a_malformed_document_is_refused_in_one_line(path: str, value: object, said: str) -> None:
    with pytest.raises(RecordError, match=said) as raised:
        from_json(change(path, value))
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("document", [None, [], "text", 1, {}, {"how": "", "runs": []}])
def test_a_foreign_document_is_no_run_record(document: object) -> None:
    with pytest.raises(RecordError, match="this is no run record"):
        from_json(document)


def test_a_document_of_only_the_known_task_fields_is_enough() -> None:
    document = change("tasks.HumanEval/0", {"passed": True, "reason": "passed"})
    assert from_json(document).tasks["HumanEval/0"].tally.n_passed == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema": 1', "no JSON"),
        ('{"schema": NaN}', "NaN is no number"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ("[" * 100_000, "nested too deeply"),
        ("\xff", "no JSON"),
        ("[" + "9" * 5000 + "]", "no JSON"),
        ("", "no JSON"),
        ("[]", "no run record"),
    ],
)
def test_a_damaged_file_is_refused_by_its_name(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(RecordError, match=said) as raised:
        read_record(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"cannot read .*gone\.json: No such file"):
        read_record(tmp_path / "gone.json")


def test_a_written_record_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text("old")
    write_record(path, RECORD)
    assert read_record(path) == RECORD
    assert list(tmp_path.iterdir()) == [path]


def test_a_record_that_is_no_json_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_record(path, RECORD)
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_record(path, replace(RECORD, pass_at_1=float("nan")))
    assert read_record(path) == RECORD


def test_an_unwritable_place_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*run\.json: No such file or directory"):
        write_record(tmp_path / "gone" / "run.json", RECORD)
