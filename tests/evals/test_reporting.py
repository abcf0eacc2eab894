"""The shared flags: found out before, written after, and an exit code that means one thing."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.baseline import read_baseline, write_baseline
from evals.errors import EvalError
from evals.history import read_history
from evals.record_json import read_record
from evals.reporting import add_gate_arguments, check_arguments, finish, runs_needed, summary_line
from evals.run_record import SandboxReport
from tests.evals.records import FINGERPRINT, flip, make_record, make_tasks

TASKS = make_tasks(40, 20)
RUN = make_record(TASKS)


def parse(*flags: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_gate_arguments(parser)
    return parser.parse_args([str(flag) for flag in flags])


def check(*flags: object, **fingerprint: str) -> None:
    check_arguments(
        parse(*flags), eval_name="humaneval", n=1, fingerprint=FINGERPRINT | fingerprint
    )


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    path = tmp_path / "baseline.json"
    write_baseline(path, [RUN, make_record(TASKS, day=1)], "a test")
    return path


def test_all_is_written_and_the_gate_passes(tmp_path: Path, baseline: Path) -> None:
    args = parse(
        *("--json", tmp_path / "run.json", "--html", tmp_path / "run.html"),
        *("--history", tmp_path / "saved", "--baseline", baseline),
    )
    check_arguments(args, eval_name="humaneval", n=1, fingerprint=FINGERPRINT)
    assert finish(args, RUN) == 0
    assert read_record(tmp_path / "run.json") == RUN
    assert read_history(tmp_path / "saved") == ([RUN], [])
    assert "Not worse than the baseline" in (tmp_path / "run.html").read_text(encoding="utf-8")


def test_a_loss_is_exit_1_and_said(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = parse("--baseline", baseline, "--json", tmp_path / "run.json")
    assert finish(args, make_record(flip(TASKS, 4, 0))) == 0
    assert finish(args, make_record(flip(TASKS, 5, 0))) == 1
    assert "WORSE than the baseline: 5 lost and 0 gained" in capsys.readouterr().out


def test_nothing_asked_for_is_nothing_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert finish(parse(), RUN) == 0
    assert capsys.readouterr().out == "humaneval m (base): pass@1 50.0 ± 8.0 % (20 of 40 tasks)\n"


def test_a_new_baseline_takes_two_runs_and_says_how_it_was_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new.json"
    args = parse("--baseline", path, "--update-baseline")
    check("--baseline", path, "--update-baseline")
    assert runs_needed(args) == 2
    assert finish(args, RUN, command=["--limit", "4 0"]) == 2
    assert "needs two runs" in capsys.readouterr().err
    assert not path.exists()
    second = make_record(flip(TASKS, 1, 0), day=1)
    assert finish(args, RUN, [second], command=["--limit", "4 0"]) == 0
    made = read_baseline(path)
    assert made.runs == (RUN, second)
    assert made.how == "python -m evals.humaneval --limit '4 0'"


def test_replacing_a_baseline_shows_what_it_gives_up(
    baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = parse("--baseline", baseline, "--update-baseline")
    worse = make_record(flip(TASKS, 9, 0))
    assert finish(args, worse, [worse]) == 0
    assert "WORSE than the baseline: 9 lost" in capsys.readouterr().out
    assert read_baseline(baseline).runs == (worse, worse)


def test_a_damaged_baseline_is_replaced_but_not_obeyed(baseline: Path) -> None:
    baseline.write_text("{")
    assert finish(parse("--baseline", baseline), RUN) == 2
    assert finish(parse("--baseline", baseline, "--update-baseline"), RUN, [RUN]) == 0
    assert finish(parse("--baseline", baseline), RUN) == 0


def test_the_run_is_written_though_the_baseline_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = parse(
        *("--json", tmp_path / "run.json", "--html", tmp_path / "run.html"),
        *("--baseline", tmp_path / "gone.json"),
    )
    assert finish(args, RUN) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "there is no baseline at" in error
    assert read_record(tmp_path / "run.json") == RUN
    assert (tmp_path / "run.html").exists()


def test_a_page_that_cannot_be_written_does_not_hide_the_verdict(
    tmp_path: Path, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = parse("--baseline", baseline, "--html", tmp_path / "gone" / "run.html")
    assert finish(args, make_record(flip(TASKS, 9, 0))) == 2
    said = capsys.readouterr()
    assert "WORSE" in said.out
    assert "run.html" in said.err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--json", "gone/run.json"], r"cannot write .*run\.json: No such file"),
        (["--html", "gone/run.html"], r"cannot write .*run\.html: No such file"),
        (["--json", "."], "it is a folder"),
        (["--history", "file/saved"], "cannot write .*saved: Not a directory"),
        (["--baseline", "gone.json"], "no baseline at .*--update-baseline"),
        (["--baseline", "file"], "no JSON"),
        (["--update-baseline"], "needs --baseline"),
        (["--update-baseline", "--baseline", "gone/b.json"], "cannot write"),
        (["--json", "a.json", "--html", "b/../a.json"], "the same file"),
    ],
)
def test_what_would_fail_after_hours_fails_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(EvalError, match=said) as raised:
        check(*flags)
    assert "\n" not in str(raised.value)


def test_a_baseline_of_another_mode_is_found_out_before(baseline: Path) -> None:
    with pytest.raises(EvalError, match=r"has mode '.*' and the run 'other'"):
        check("--baseline", baseline, mode="other")
    check("--baseline", baseline, model="other")


def test_the_check_leaves_no_trace_and_touches_no_file(tmp_path: Path, baseline: Path) -> None:
    (tmp_path / "run.json").write_text("old")
    check("--json", tmp_path / "run.json", "--html", tmp_path / "run.html", "--baseline", baseline)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["baseline.json", "run.json"]
    assert (tmp_path / "run.json").read_text() == "old"


def test_saved_runs_that_are_none_are_named_and_passed_over(tmp_path: Path) -> None:
    (tmp_path / "foreign.json").write_text(json.dumps({"how": "", "runs": []}))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "notes.txt").write_text("no document")
    args = parse("--history", tmp_path, "--html", tmp_path / "run.html")
    assert finish(args, RUN) == 0
    assert finish(args, make_record(TASKS, day=1)) == 0
    runs, problems = read_history(tmp_path)
    assert [run.created for run in runs] == [
        "2026-01-01T00:00:00+00:00",
        "2026-01-02T00:00:00+00:00",
    ]
    assert [Path(line.split(": ")[0].split(" is ")[0]).name for line in problems] == [
        "broken.json",
        "foreign.json",
    ]
    page = (tmp_path / "run.html").read_text(encoding="utf-8")
    assert "foreign.json" in page
    assert "Saved runs: 2" in page


def test_the_line_says_what_makes_a_run_less_than_it_seems() -> None:
    run = replace(
        RUN, partial=True, selection=("a",), sandbox=SandboxReport(("rlimits",), is_weak=True)
    )
    assert summary_line(run).endswith(
        "[PARTIAL: 40 tasks judged] [subset of 1] [WEAK SANDBOX: only resource limits]"
    )
