"""A model that the store can hand to a loader. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from codegen.store.verify import FileRecord

ModelFormat = Literal["gguf", "safetensors"]
ModelSource = Literal["pypi", "hub", "local"]


@dataclass(frozen=True, slots=True)
class StoredModel:
    """Where a model lies and what it is.

    path: the .gguf file, or the folder with config.json, *.safetensors and tokenizer.json.
    digest: sha256 of the file; for a folder, sha256 over its sorted "sha256  name" lines. For a
        path that was never pulled, a fingerprint of path, size and time that starts with "local-".
    converted_dir: where the loader keeps the weights it converted from exactly this digest.
    files: what was pulled, file by file; none for a path that never was.
    """

    name: str
    format: ModelFormat
    path: Path
    bytes: int
    digest: str
    licence: str
    source: ModelSource
    converted_dir: Path
    files: tuple[FileRecord, ...] = ()
