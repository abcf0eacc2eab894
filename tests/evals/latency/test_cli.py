"""The command, with a server process whose engine knows the file."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

from evals.latency.cli import main
from evals.latency.trace_document import write_document
from tests.evals.latency.conftest import SERVER
from tests.evals.latency.made import TEXT, accept, at, generated, insert, session
from tests.lsp_server.raw_client import ROOT

QUICK = ["--speed", "2000", "--chars", "20", "--sessions", "2", "--debounce-ms", "0"]


@pytest.fixture(autouse=True)
def paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server process finds our packages."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """The file that is typed."""
    path = tmp_path / "shapes.py"
    path.write_text(TEXT, encoding="utf-8")
    return path


def server(*args: object) -> list[str]:
    return ["--server", shlex.join(map(str, (sys.executable, "-P", SERVER, *args)))]


def run(*args: object) -> int:
    return main([str(arg) for arg in args])


def report_in(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def test_a_run_reports_what_was_measured(truth: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    args = [*QUICK, "--file", truth, "--seed", 3, "--json", out, *server("--truth", truth)]
    assert run(*args) == 0
    report = report_in(out)
    assert not report["partial"]
    assert report["fingerprint"]["model"] == "truthful"
    assert report["fingerprint"]["seed"] == 3
    assert [one["is_complete"] for one in report["sessions"]] == [True, True]
    assert report["requests"]["sent"] > 0
    assert report["requests"]["unanswered"] == 0
    assert report["server"]["peak_bytes"] > 10 << 20


def test_json_on_stdout_is_one_document(truth: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*QUICK, "--file", truth, "--json", "-", *server("--truth", truth)) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "leadsman-latency-report"


def test_a_saved_trace_is_replayed_as_it_was(truth: Path, tmp_path: Path) -> None:
    trace, first, second = (tmp_path / name for name in ("t.json", "1.json", "2.json"))
    common = [*QUICK, *server("--truth", truth), "--json"]
    assert run(*common, first, "--file", truth, "--save-trace", trace) == 0
    assert run(*common, second, "--trace", trace) == 0
    digests = [report_in(path)["fingerprint"]["trace_digest"] for path in (first, second)]
    assert digests[0] == digests[1]


def slow_trace(folder: Path) -> Path:
    """One session with an accept, in which the user waits for what is offered."""
    before = "def add(left, right):\n    "
    keys = [insert(5_000_000 + i, 1, 5 + i, key) for i, key in enumerate("eturn left")]
    made = session([insert(0, 1, 4, "r"), accept(0), *keys], before, cursor=at(1, 4))
    path = folder / "slow.json"
    path.write_text(json.dumps(write_document([made])))
    (folder / "truth.py").write_text(made.final_text)
    return path


def test_a_baseline_is_kept_and_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace, baseline = slow_trace(tmp_path), tmp_path / "baseline.json"
    common = ["--trace", trace, "--speed", 1000, "--baseline", baseline]
    honest = server("--truth", tmp_path / "truth.py")
    assert run(*common, "--update-baseline", *honest) == 0
    assert report_in(baseline)["offers"]["chars_accepted"] == 10
    assert run(*common, *honest) == 0
    assert "characters accepted" in capsys.readouterr().out
    # A server with nothing to offer is worse.
    assert run(*common, *server()) == 1
    assert "WORSE" in capsys.readouterr().out
    assert report_in(baseline)["offers"]["chars_accepted"] == 10


def test_a_baseline_of_other_sessions_is_refused_before_anything_is_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace, baseline = slow_trace(tmp_path), tmp_path / "baseline.json"
    common = ["--baseline", baseline, "--speed", 1000]
    honest = server("--truth", tmp_path / "truth.py")
    assert run(*common, "--trace", trace, "--update-baseline", *honest) == 0
    capsys.readouterr()
    other = tmp_path / "other.json"
    other.write_text(json.dumps(write_document([generated(1)])))
    assert run(*common, "--trace", other, "--server", "no-such-program") == 2
    refused = capsys.readouterr().err
    assert "its trace_digest is" in refused
    assert len(refused.splitlines()) == 1


def test_a_server_that_dies_is_one_line_and_a_partial_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace, out = slow_trace(tmp_path), tmp_path / "report.json"
    dying = server("--truth", tmp_path / "truth.py", "--die-after", 0)
    assert run("--trace", trace, "--speed", 1000, "--json", out, *dying) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if "python -m" in line]
    assert len(lines) == 1
    assert "the server failed" in lines[0]
    assert "the engine fell over" in lines[0]
    report = report_in(out)
    assert report["partial"]
    assert report["requests"]["unanswered"] == 1
    assert not report["sessions"][0]["is_complete"]


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--trace", "none.json"], "none.json: No such file"),
        (["--file", "none.py"], "none.py: No such file"),
        (["--json", "none/report.json"], "none/report.json: its folder does not exist"),
        (["--baseline", "none.json"], "none.json: No such file"),
        (["--update-baseline"], "--update-baseline needs --baseline FILE"),
        (["--server", "no-such-program"], "no-such-program"),
        (server("--load", "damaged"), "the model did not load: RuntimeError"),
    ],
)
def test_what_cannot_be_used_is_one_line(
    args: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*args) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if "python -m" in line]
    assert len(lines) == 1
    assert reason in lines[0]


@pytest.mark.parametrize(
    "args", [["--sessions", "0"], ["--speed", "nan"], ["--tolerance", "0.5"], ["--chars", "x"]]
)
def test_numbers_that_make_no_sense_are_refused(args: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        run(*args)
    assert refused.value.code == 2


class InterruptingBar(tqdm):  # type: ignore[misc]
    """A progress bar during whose third update the user presses Ctrl-C."""

    def update(self, n: float | None = 1) -> bool | None:
        """Counts, and interrupts once."""
        super().update(n)
        if self.n == 3:
            raise KeyboardInterrupt
        return None


def test_an_interrupted_run_leaves_a_report_that_is_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evals.latency.cli.tqdm", InterruptingBar)
    out, baseline = tmp_path / "report.json", tmp_path / "baseline.json"
    trace = tmp_path / "trace.json"
    trace.write_text(json.dumps(write_document([generated(1), generated(2)])))
    args = ["--trace", trace, "--json", out, "--speed", 1000]
    assert run(*args, "--baseline", baseline, "--update-baseline", *server()) == 130
    said = capsys.readouterr()
    assert said.out.startswith("PARTIAL: interrupted")
    assert "python -m evals.latency: interrupted" in said.err
    report = report_in(out)
    assert (report["partial"], report["stopped"]) == (True, "interrupted")
    assert [one["is_complete"] for one in report["sessions"]] == [False]
    # What is only a part is not made the measure of later runs.
    assert not baseline.exists()
