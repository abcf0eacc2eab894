"""Models that stay where the user has them."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest

from codegen.engine import CancelToken
from codegen.errors import Cancelled, ModelFileError, ModelNotFound, StoreError, UnsupportedModel
from codegen.store.model import StoredModel
from codegen.store.progress import Silent
from codegen.store.store import Store
from tests import tiny_checkpoints, tiny_models


def pull(store: Store, ref: Path | str) -> StoredModel:
    return store.pull(str(ref), accept_license=lambda *_: False, progress=Silent())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home", catalog=[])


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    """A real GGUF file of a tiny model."""
    return tiny_checkpoints.write_gguf(tmp_path / "my modell ü.gguf")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A safetensors folder with a pickle beside."""
    path = tiny_checkpoints.write_folder(tmp_path / "folder")
    (path / "pytorch_model.bin").write_text("{}")
    return path


def test_a_file_is_registered_where_it_is_and_not_copied(store: Store, gguf: Path) -> None:
    model = pull(store, gguf)
    assert (model.path, model.source, model.bytes) == (gguf, "local", gguf.stat().st_size)
    assert model.name == "local:my-modell"
    assert len(bytes.fromhex(model.digest)) == 32
    assert store.find(model.name) == store.find(str(gguf)) == model
    assert store.installed() == [model]
    assert not list(store.root.rglob("*.gguf"))


def test_a_path_needs_no_pull_and_has_a_cheap_digest_of_its_own(store: Store, gguf: Path) -> None:
    model = store.find(str(gguf))
    assert model.digest.startswith("local-")
    assert model.digest in model.converted_dir.name
    assert not store.root.exists()
    os.utime(gguf, ns=(1, 1))
    assert store.find(str(gguf)).digest != model.digest


def test_a_folder_counts_its_own_files_and_no_pickle(store: Store, folder: Path) -> None:
    before = pull(store, folder)
    assert (before.format, before.path) == ("safetensors", folder)
    (folder / "pytorch_model.bin").write_bytes(b"other bytes")
    assert store.find(before.name) == before
    with (folder / "config.json").open("a") as file:
        file.write(" ")
    assert pull(store, folder).digest != before.digest


@pytest.mark.parametrize("change", ["moved", "grown", "rewritten"])
def test_a_file_that_changed_since_gives_one_line_and_can_be_pulled_again(
    store: Store, gguf: Path, change: str
) -> None:
    model = pull(store, gguf)
    original = gguf.read_bytes()
    if change == "moved":
        gguf.unlink()
    else:
        gguf.write_bytes(original + b"0" if change == "grown" else original)
        os.utime(gguf, ns=(1, 1))
    with pytest.raises(ModelNotFound, match="leadsman model pull") as raised:
        store.find(model.name)
    assert "\n" not in str(raised.value)
    assert store.installed() == []
    gguf.write_bytes(original)
    assert pull(store, gguf).digest == model.digest


def test_two_files_of_one_name_get_two_names(store: Store, gguf: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / gguf.name
    twin.write_bytes(gguf.read_bytes())
    names = {pull(store, gguf).name, pull(store, twin).name, pull(store, twin).name}
    assert len(names) == 2
    assert {store.find(name).path for name in names} == {gguf, twin}


def test_removing_forgets_the_file_but_leaves_it(store: Store, gguf: Path) -> None:
    model = pull(store, gguf)
    model.converted_dir.mkdir(parents=True)
    (model.converted_dir / "weights").write_bytes(bytes(100_000))
    assert 100_000 < store.remove(str(gguf)) < 101_000
    assert gguf.is_file()
    assert store.installed() == []


@pytest.mark.parametrize("damage", ["empty", "cut", "not gguf", "absurd counts"])
def test_a_damaged_gguf_is_not_registered(store: Store, gguf: Path, damage: str) -> None:
    gguf.write_bytes(
        {
            "empty": b"",
            "cut": gguf.read_bytes()[:-8],
            "not gguf": b"PK" + gguf.read_bytes(),
            "absurd counts": b"GGUF" + struct.pack("<IQQ", 3, 1 << 62, 1 << 62) + bytes(100),
        }[damage]
    )
    with pytest.raises(ModelFileError, match="my modell"):
        pull(store, gguf)
    assert store.installed() == []


@pytest.mark.parametrize(
    "weights",
    [
        b"",
        b"1234567",
        struct.pack("<Q", 1 << 60) + b"{}",
        struct.pack("<Q", 2) + b"{]",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 2) + b"{}" + b"more",
        struct.pack("<Q", 8) + b'{"w": 1}',
        struct.pack("<Q", 32) + b'{"w": {"data_offsets": [0, 9e9]}}'[:32],
        struct.pack("<Q", 100_000) + b"[" * 100_000,
    ],
)
def test_damaged_safetensors_are_not_registered(store: Store, folder: Path, weights: bytes) -> None:
    (folder / "model.safetensors").write_bytes(weights)
    with pytest.raises(ModelFileError, match=r"model\.safetensors"):
        pull(store, folder)
    assert store.installed() == []


def test_what_is_no_model_is_named(store: Store, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"\x80\x04")
    with pytest.raises(ModelNotFound, match=r"only GGUF files and safetensors folders"):
        pull(store, tmp_path / "model.pt")
    with pytest.raises(ModelNotFound, match="does not exist"):
        pull(store, tmp_path / "none.gguf")
    with pytest.raises(ModelNotFound, match="neither a regular file nor a folder"):
        pull(store, os.devnull)
    (folder / "config.json").unlink()
    with pytest.raises(ModelNotFound, match=r"it has no config\.json;"):
        store.find(str(folder))


def test_hashing_can_be_cancelled(store: Store, gguf: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        store.pull(str(gguf), accept_license=lambda *_: False, progress=Silent(), cancel=cancel)
    assert store.installed() == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"architecture": "gpt2"}, "architecture 'gpt2' is not supported"),
        ({"n_layers": 4_294_967_295}, "layers = 4294967295"),
        ({"n_layers": 2}, r"has no tensor blk\.1"),
        ({"n_heads": 0}, "heads = 0"),
        ({"n_heads": 3}, "has shape"),
        ({"without": "blk.0.ffn_up"}, r"has no tensor blk\.0\.ffn_up"),
        ({"without": ""}, "has no tensor token_embd"),
    ],
)
def test_a_gguf_that_the_loader_would_refuse_is_not_registered(
    store: Store, gguf: Path, wrong: dict[str, Any], words: str
) -> None:
    tiny_checkpoints.write_gguf(gguf, **wrong)
    with pytest.raises(ModelFileError, match=words) as raised:
        pull(store, gguf)
    assert str(gguf) in str(raised.value)
    assert store.installed() == []


def test_a_gguf_with_nothing_in_it_is_not_registered(store: Store, gguf: Path) -> None:
    gguf.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 0) + bytes(100))
    with pytest.raises(UnsupportedModel, match="architecture"):
        pull(store, gguf)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "gpt2"}, "architecture 'gpt2'"),
        ({"num_hidden_layers": 2}, "has no tensor"),
        ({"num_hidden_layers": 1e400}, "lacks or garbles"),
        ({"hidden_size": 16}, "has shape"),
        ({"rope_scaling": "linear"}, "rope = 'linear'"),
        ({"vocab_size": None}, "vocab_size"),
    ],
)
def test_a_folder_that_the_loader_would_refuse_is_not_registered(
    store: Store, folder: Path, changes: dict[str, Any], words: str
) -> None:
    tiny_models.edit_config(folder, **changes)
    with pytest.raises(ModelFileError, match=words):
        pull(store, folder)
    assert store.installed() == []


def test_a_tokenizer_that_cannot_be_read_is_found_by_the_pull(store: Store, folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelFileError):
        pull(store, folder)


def test_a_home_that_is_a_file_is_told_before_anything_is_read(store: Store, gguf: Path) -> None:
    store.root.write_text("not a folder")
    with pytest.raises(StoreError, match="is not a folder; set LEADSMAN_HOME"):
        pull(store, gguf)
