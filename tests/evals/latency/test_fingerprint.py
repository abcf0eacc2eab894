"""What tells two runs apart."""

from __future__ import annotations

from pathlib import Path

from evals.latency.fingerprint import code_digest, machine


def test_a_changed_or_renamed_source_changes_the_digest(tmp_path: Path) -> None:
    package = tmp_path / "codegen"
    package.mkdir()
    digests = [code_digest(tmp_path)]
    (package / "a.py").write_text("x = 1")
    digests.append(code_digest(tmp_path))
    (package / "a.py").write_text("x = 2")
    digests.append(code_digest(tmp_path))
    (package / "a.py").rename(package / "b.py")
    digests.append(code_digest(tmp_path))
    assert len(set(digests)) == 4
    assert code_digest(tmp_path) == digests[-1]


def test_the_machine_is_described_without_its_name() -> None:
    told = machine()
    assert told["cores"] >= 1
    assert told.keys() == {"cores", "architecture", "system", "python", "load_average_before"}
