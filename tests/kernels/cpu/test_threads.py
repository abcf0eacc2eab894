"""One thread for each core, not for each of its hardware threads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kernels.cpu.threads import physical_cores


def write_topology(folder: Path, siblings: dict[int, str]) -> Path:
    for cpu, text in siblings.items():
        path = folder / f"cpu{cpu}" / "topology"
        path.mkdir(parents=True)
        (path / "thread_siblings_list").write_text(text + "\n", encoding="ascii")
    return folder


def test_hardware_threads_of_one_core_count_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3}, raising=False)
    topology = write_topology(tmp_path, {0: "0,2", 1: "1,3", 2: "0,2", 3: "1,3"})
    assert physical_cores(topology) == 2


def test_only_the_units_that_the_process_may_use_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {5}, raising=False)
    assert physical_cores(write_topology(tmp_path, {4: "4", 5: "5"})) == 1


def test_a_system_that_tells_nothing_has_each_unit_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2}, raising=False)
    assert physical_cores(tmp_path) == 3
