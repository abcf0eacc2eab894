"""Compiling the library: whole or not at all, and a clear line where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernels.cpu import build


def fake_compiler(folder: Path, script: str) -> Path:
    path = folder / "cc"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_every_instruction_set_has_its_file_and_only_its_own_flags() -> None:
    for machine, special in (("x86_64", "avx512_vnni"), ("aarch64", "neon_dotprod")):
        files = build.sources(machine)
        assert all((build.FOLDER / "native" / f"{name}.c").is_file() for name in files), machine
        assert files["plain"] == ()
        assert files[special]
        assert not any("native" in flag for flags in files.values() for flag in flags)


def test_an_architecture_without_kernels_is_one_clear_line() -> None:
    with pytest.raises(build.CannotCompile, match="no kernels are written for riscv64"):
        build.sources("riscv64")


def test_no_compiler_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(build.CannotCompile, match="install gcc or clang"):
        build.compiler()


def test_a_compiler_that_refuses_leaves_the_old_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out" / "lib.so"
    target.parent.mkdir()
    target.write_bytes(b"old")
    monkeypatch.setenv("CC", str(fake_compiler(tmp_path, "echo 'no such flag' >&2; exit 1")))
    with pytest.raises(build.CannotCompile, match=r"failed on plain\.o: no such flag"):
        build.build(target)
    assert target.read_bytes() == b"old"
    assert [path.name for path in target.parent.iterdir()] == ["lib.so"]


def test_a_compiler_that_works_replaces_the_library_in_one_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = 'while [ "$1" != -o ]; do shift; done; echo made > "$2"'
    monkeypatch.setenv("CC", str(fake_compiler(tmp_path, script)))
    target = build.build(tmp_path / "out" / "lib.so")
    assert target.read_text(encoding="utf-8") == "made\n"
    assert [path.name for path in target.parent.iterdir()] == ["lib.so"]


def test_what_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(build.CannotCompile, match="cannot be written"):
        build.build(tmp_path / "file" / "lib.so")
