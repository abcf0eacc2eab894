"""The example workflow is one that GitHub would run."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.humaneval.cli import build_parser

EXAMPLE = Path(__file__).parents[2] / "evals" / "examples" / "gate.yml"


def read_steps() -> list[dict[str, Any]]:
    # YAML 1.1 reads the key "on" as true.
    document = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    assert True in document
    (job,) = document["jobs"].values()
    steps: list[dict[str, Any]] = job["steps"]
    return steps


def find_gate() -> str:
    (script,) = [step["run"] for step in read_steps() if "evals.humaneval" in step.get("run", "")]
    return str(script)


def test_every_step_runs_or_uses_something_pinned() -> None:
    for step in read_steps():
        assert ("run" in step) != ("uses" in step)
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])


def test_the_report_is_kept_even_where_the_gate_fails() -> None:
    (upload,) = [s for s in read_steps() if s.get("uses", "").startswith("actions/upload-artifact")]
    assert upload["if"] == "always()"
    assert upload["with"]["path"].split() == ["run.json", "run.html", "gate.txt"]


def test_the_gate_uses_only_flags_that_exist() -> None:
    known = {flag for action in build_parser()._actions for flag in action.option_strings}
    used = set(re.findall(r"--[a-z-]+", find_gate().split("| tee")[0]))
    assert {"--model", "--baseline"} <= used <= known


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (0, "::notice title=Gate::not significantly worse"),
        (1, "::error title=Gate::significantly worse"),
        (2, "::error title=Gate did not run::exit code 2"),
        (137, "::error title=Gate did not run::exit code 137"),
    ],
)
def test_the_script_passes_on_the_exit_code_and_tells_a_loss_from_a_failure(
    tmp_path: Path, code: int, said: str
) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    # A program of this name stands in for the eval, which is not what is tested here.
    python = tmp_path / "python"
    python.write_text(f'#!{bash}\necho "table $*"\nexit {code}\n')
    python.chmod(0o755)
    ran = subprocess.run(
        [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", find_gate()],
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "MODEL": "m",
            "LIMIT": "3",
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == code
    assert said in ran.stdout
    assert "table -m evals.humaneval --model m --limit 3" in (tmp_path / "summary.md").read_text()
