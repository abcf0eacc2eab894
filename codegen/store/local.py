"""A model that the user has on disk: used where it lies, never copied."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codegen.engine import CancelToken
from codegen.errors import ModelNotFound
from codegen.store.model import ModelFormat
from codegen.store.progress import Progress
from codegen.store.verify import (
    FileRecord,
    check_gguf,
    check_safetensors,
    hash_file,
    is_model_file,
)


@dataclass(frozen=True, slots=True)
class LocalModel:
    """The files of a model on disk, by their format; `path` is the one file or their folder."""

    path: Path
    format: ModelFormat
    files: tuple[Path, ...]

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(file.stat().st_size for file in self.files)

    @property
    def modified_ns(self) -> int:
        """When the newest file was last written."""
        return max(file.stat().st_mtime_ns for file in self.files)

    @property
    def fingerprint(self) -> str:
        """A cheap stand-in for a digest, which changes with the place, the sizes and the times."""
        facts = [
            [str(file), file.stat().st_size, file.stat().st_mtime_ns] for file in sorted(self.files)
        ]
        return "local-" + hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:40]


def local_model(path: Path) -> LocalModel:
    """What lies at `path`.

    Raises:
        ModelNotFound: nothing does, or nothing that is a model in a format that we open.
    """
    if path.is_file():
        if path.suffix != ".gguf":
            raise ModelNotFound(
                f"{path} is not a .gguf file; only GGUF files and safetensors folders are opened"
            )
        return LocalModel(path, "gguf", (path,))
    if path.exists() and not path.is_dir():
        raise ModelNotFound(f"{path} is neither a regular file nor a folder; name one that is")
    if not path.is_dir():
        raise ModelNotFound(f"{path} does not exist; known names: leadsman model list")
    files = tuple(
        sorted(file for file in path.iterdir() if is_model_file(file.name) and file.is_file())
    )
    missing = {"config.json", "tokenizer.json"} - {file.name for file in files}
    if not any(file.suffix == ".safetensors" for file in files):
        missing.add("*.safetensors")
    if missing:
        raise ModelNotFound(
            f"{path} is not a model folder: it has no {', '.join(sorted(missing))}; name a .gguf "
            "file or a folder with config.json, tokenizer.json and *.safetensors"
        )
    return LocalModel(path, "safetensors", files)


def check_structure(paths: Sequence[Path]) -> None:
    """Raises ModelFileError if a weights file is not what its ending says."""
    for path in paths:
        if path.suffix == ".gguf":
            check_gguf(path)
        elif path.suffix == ".safetensors":
            check_safetensors(path)


def check_runnable(format_: ModelFormat, path: Path) -> None:
    """Raises ModelFileError if the loader would refuse the model, which it would say only later."""
    # The loader needs torch, which listing models does not.
    from codegen.loading import readiness

    readiness.check_runnable(format_, path)


def hash_files(
    paths: Sequence[Path], progress: Progress, cancel: CancelToken
) -> tuple[FileRecord, ...]:
    """Reads all of `paths`; the time this takes is that of reading the disk.

    Raises:
        Cancelled: the caller withdrew the request.
    """
    total = sum(path.stat().st_size for path in paths)
    done = 0

    def on_chunk(size: int) -> None:
        nonlocal done
        cancel.check()
        done += size
        progress.update("checking", done, total)

    return tuple(hash_file(path, on_chunk) for path in paths)
