"""The record that makes a model exist: a model without a valid manifest is not there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast, get_args

from codegen.store.disk import write_json
from codegen.store.model import ModelFormat, ModelSource
from codegen.store.reference import is_safe_file
from codegen.store.verify import FileRecord, model_digest

_VERSION = 1
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was installed.

    path: where the user keeps a model that is used in place; None for one that the store keeps.
    modified_ns: the newest modification time of the files at `path` when they were hashed.
    revision: the hub's commit.
    """

    name: str
    format: ModelFormat
    files: tuple[FileRecord, ...]
    digest: str
    licence: str
    source: ModelSource
    path: str | None = None
    modified_ns: int | None = None
    revision: str | None = None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes the manifest of the model in `folder`, replacing an older one as a whole."""
    write_json(folder / "manifest.json", {"version": _VERSION, **asdict(manifest)})


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest in `folder`; None where there is none or it is not one that we wrote."""
    path = folder / "manifest.json"
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        document = json.loads(path.read_text(encoding="utf-8"))
        return _checked(document)
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def _checked(document: dict[str, object]) -> Manifest:
    if document["version"] != _VERSION:
        raise ValueError("another version")
    texts = {key: document[key] for key in ("name", "format", "digest", "licence", "source")}
    optional = {key: document[key] for key in ("path", "revision")}
    if not all(isinstance(text, str) for text in texts.values()) or not all(
        isinstance(text, str | None) for text in optional.values()
    ):
        raise TypeError("a text is not one")
    if texts["format"] not in get_args(ModelFormat) or texts["source"] not in get_args(ModelSource):
        raise ValueError("a format or a source that does not exist")
    files = tuple(
        FileRecord(str(entry["name"]), int(entry["bytes"]), str(entry["sha256"]))
        for entry in cast(list[dict[str, str]], document["files"])
    )
    # The digest names a folder and the files are looked up below one: neither may lead elsewhere.
    # The user's own files are only ever compared with what lies at their path.
    if not files or not (optional["path"] or all(is_safe_file(file.name) for file in files)):
        raise ValueError("a file name that cannot be ours")
    if texts["digest"] != model_digest(files) or len(str(texts["digest"])) != 64:
        raise ValueError("the digest is not that of the files")
    int(str(texts["digest"]), 16)
    modified_ns = document["modified_ns"]
    if not isinstance(modified_ns, int | None) or (optional["path"] and modified_ns is None):
        raise TypeError("a time is not one")
    return Manifest(files=files, modified_ns=modified_ns, **texts, **optional)  # type: ignore[arg-type]
