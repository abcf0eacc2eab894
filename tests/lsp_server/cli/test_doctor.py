"""`leadsman doctor`: every verdict, and the report a script reads."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from codegen.cpu.opening import cpu_dtype
from codegen.loading.convert import ensure_converted
from codegen.machine import Machine
from codegen.store.progress import Silent
from codegen.store.store import Store
from lsp_server.analysis.analyzers import EngineState
from lsp_server.cli import doctor
from lsp_server.cli.doctor import ModelState, StoreState
from tests import tiny_checkpoints

MACHINE = Machine(
    system="Linux x86_64",
    python="3.11.7",
    packages={"torch": "2.13.0", "triton": None},
    cores=2,
    memory_bytes=8 << 30,
    available_bytes=6 << 30,
    instruction_sets=("avx2", "avx512_bf16"),
    int8_kernels="avx512_vnni",
    matmul_threads=2,
    gpu=None,
    paths={"linear": "kernels.torch_paths"},
    disk_free_bytes=50 << 30,
)
EMPTY = StoreState()
ONE = StoreState((ModelState("m", is_default=True),))


def levels(machine: Machine, store: StoreState) -> list[str]:
    return [verdict.level for verdict in doctor.examine(machine, store)]


def test_a_good_machine_has_no_complaint() -> None:
    assert levels(MACHINE, ONE) == ["ok", "ok"]


def test_the_sandbox_is_named_and_a_weak_one_loudly() -> None:
    strong = doctor.examine_sandbox()
    weak = doctor.examine_sandbox(frozenset({"namespaces", "landlock", "seccomp"}))
    assert "seccomp" in strong.what
    assert (weak.level, "WEAK SANDBOX" in weak.what) == ("note", True)


def test_no_model_is_a_problem_with_its_command() -> None:
    problem = doctor.examine(MACHINE, EMPTY)[0]
    assert problem.level == "problem"
    assert "leadsman model pull" in problem.remedy


@pytest.mark.parametrize(
    ("machine", "word"),
    [
        (replace(MACHINE, int8_kernels=None, instruction_sets=("avx2",)), "emulated"),
        (replace(MACHINE, int8_kernels=None), "int8 kernels are not compiled"),
        (replace(MACHINE, int8_kernels="plain"), "by the kernels plain"),
        (replace(MACHINE, gpu="H200"), "H200 is not used without Triton"),
        (replace(MACHINE, available_bytes=1 << 30), "memory"),
    ],
)
def test_what_slows_down_is_noted(machine: Machine, word: str) -> None:
    notes = [v.what for v in doctor.examine(machine, ONE) if v.level == "note"]
    assert any(word in note for note in notes)


def test_a_full_disk_matters_only_without_a_model() -> None:
    full = replace(MACHINE, disk_free_bytes=1 << 20)
    assert levels(full, EMPTY).count("problem") == 2
    assert "problem" not in levels(full, ONE)


def test_the_report_is_one_json_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEADSMAN_HOME", str(tmp_path))
    assert doctor.run(argparse.Namespace(json=True)) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["models"] == []
    assert report["machine"]["paths"]["attention"] == "kernels.torch_paths"
    assert doctor.run(argparse.Namespace(json=False)) == 1
    assert "leadsman model pull" in capsys.readouterr().out


def test_a_default_that_cannot_run_is_a_problem_and_another_model_a_note() -> None:
    sound, broken = ModelState("a", is_default=True), ModelState("b", why_not="too large")
    assert levels(MACHINE, StoreState((sound, broken)))[:2] == ["ok", "note"]
    swapped = (replace(sound, is_default=False), replace(broken, is_default=True))
    assert levels(MACHINE, StoreState(swapped))[:2] == ["ok", "problem"]
    (alone, _) = doctor.examine(MACHINE, StoreState((broken,)))
    assert (alone.level, alone.what) == ("problem", "b cannot run: too large")


def test_a_store_that_cannot_be_written_is_told_before_the_pull_that_would_fail() -> None:
    first, second, _ = doctor.examine(MACHINE, StoreState(why_not="read-only"))
    assert (first.level, first.what) == ("problem", "no model can be pulled: read-only")
    assert second.remedy.startswith("then run")
    assert levels(MACHINE, replace(ONE, why_not="read-only"))[:2] == ["ok", "note"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "home", catalog=[])
    path = tiny_checkpoints.write_gguf(tmp_path / "m.gguf")
    store.pull(str(path), accept_license=lambda *_: False, progress=Silent())
    return store


def why_not(store: Store) -> str | None:
    (model,) = doctor.look_into(store).models
    return model.why_not


def test_a_model_that_can_run_has_no_obstacle_and_looking_writes_nothing(store: Store) -> None:
    before = sorted(store.root.rglob("*"))
    assert doctor.look_into(store) == StoreState((ModelState("local:m", is_default=True),))
    assert sorted(store.root.rglob("*")) == before


def test_too_little_room_for_the_conversion_is_seen(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(store.root)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert "converting the model needs" in str(why_not(store))
    # What was converted already needs no more room.
    monkeypatch.undo()
    ensure_converted(store.default(), dtype=cpu_dtype())
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert why_not(store) is None


def test_a_store_that_is_read_only_is_seen(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    # Who runs the tests may write everywhere, so that the system's answer is played.
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    assert "cannot be written" in str(why_not(store))
    assert "cannot be written" in str(doctor.look_into(store).why_not)


def test_a_home_that_is_a_file_is_seen(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    state = doctor.look_into(Store(tmp_path / "home"))
    assert "is not a folder" in str(state.why_not)


def test_models_that_changed_or_were_never_any_are_seen(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    tiny_checkpoints.write_gguf(path, architecture="gpt2")
    assert "has changed since it was pulled" in str(why_not(store))
    # As an earlier version registered it, without looking.
    home = next((store.root / "models").iterdir())
    document = json.loads((home / "manifest.json").read_text(encoding="utf-8"))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    document |= {"digest": sha256, "modified_ns": path.stat().st_mtime_ns}
    document["files"][0] |= {"bytes": path.stat().st_size, "sha256": sha256}
    (home / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    assert "architecture 'gpt2' is not supported" in str(why_not(store))


def test_every_analyzer_is_listed_with_its_version_and_its_canary() -> None:
    verdicts = doctor.examine_analyzers()
    assert {verdict.level for verdict in verdicts} == {"ok"}
    assert any(verdict.what.startswith("analyzer bandit 1.9.") for verdict in verdicts)


def test_an_analyzer_that_misses_its_canary_is_a_problem() -> None:
    state = EngineState("bandit", "", ("python",), "it did not find B301 where it is")
    (verdict,) = doctor.examine_analyzers([state])
    assert verdict.level == "problem"
    assert verdict.what == "analyzer bandit: it did not find B301 where it is"
    assert verdict.remedy


def test_a_gpu_with_triton_is_used_and_said_to_be() -> None:
    machine = replace(MACHINE, gpu="H200", packages={"triton": "3.6.0"})
    verdicts = doctor.examine(machine, ONE)
    assert [v.level for v in verdicts if "H200" in v.what] == ["ok"]


def test_the_backend_for_other_models_is_called_the_slower_one_and_says_what_it_lacks() -> None:
    bare = doctor.examine_transformers(MACHINE)
    assert "slower" in bare.what
    assert "lacks transformers, accelerate, bitsandbytes" in bare.what
    packages: dict[str, str | None] = {"transformers": "1", "accelerate": "1", "bitsandbytes": "1"}
    assert (
        "--load-in-4bit too"
        in doctor.examine_transformers(replace(MACHINE, packages=packages)).what
    )
