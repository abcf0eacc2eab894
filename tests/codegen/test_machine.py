"""The snapshot of this machine."""

from __future__ import annotations

from pathlib import Path

from codegen.machine import bf16_is_native, describe_machine


def test_the_snapshot_looks_at_this_machine(tmp_path: Path) -> None:
    machine = describe_machine(tmp_path / "not" / "there" / "yet")
    assert machine.cores >= 1
    assert machine.disk_free_bytes > 0
    assert machine.packages["torch"]


def test_bf16_is_native_only_where_an_instruction_set_has_it() -> None:
    assert bf16_is_native(("avx2", "amx_bf16"))
    assert not bf16_is_native(("avx2", "avx512f", "amx_int8"))
