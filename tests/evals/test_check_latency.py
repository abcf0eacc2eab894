"""Real statements are cut out, and putting them back gives the file."""

from __future__ import annotations

import ast
import json
import random
from pathlib import Path

import pytest

from evals.check_latency import completions, main

TEXT = "".join(
    f"def f{i}(a):\n    b = a + {i}\n    if b:\n        print(\n            b,\n        )\n"
    "    return b\n\n\n"
    for i in range(100)
)


def test_a_completion_put_back_gives_the_file() -> None:
    found = completions(TEXT, random.Random(1), 60)
    assert len(found) > 50
    for completion in found:
        assert completion.insertion.applied(completion.document) == TEXT
        assert completion.insertion.text.strip()
    assert any("\n" in completion.insertion.text for completion in found)
    begun = [c for c in found if c.document[: c.insertion.span.start].split("\n")[-1].strip()]
    assert begun


def test_the_figures_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ast.parse(TEXT)
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "one.py").write_text(TEXT + f"# {'padding ' * 20}\n" * 100)
    written = tmp_path / "figures.json"
    code = main(["--root", str(folder), "--files", "1", "--per-file", "2", "--json", str(written)])
    figures = json.loads(written.read_text())
    assert figures["check_prefixes"]["warm"]["n"] >= 1
    assert code == (0 if figures["check_prefixes"]["warm"]["p95_ms"] <= figures["limit_ms"] else 1)
    assert "check_prefixes" in capsys.readouterr().out


def test_a_folder_without_such_files_is_said_to_have_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--root", str(tmp_path)]) == 2
    assert "no file of" in capsys.readouterr().err
