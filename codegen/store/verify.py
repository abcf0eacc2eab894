"""Whether bytes on disk are the bytes they should be, and not a pickle in disguise."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from codegen.errors import ModelFileError

CHUNK_BYTES = 4 << 20
# The safetensors library refuses longer headers too.
_MOST_HEADER_BYTES = 100_000_000
# All that hostile JSON can make of reading one number out of each of its entries.
_BAD_HEADER = (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)

# What a model folder may hold. Everything else is left where it is, pickles (.bin, .pt, .pth,
# .pkl, .ckpt) above all.
_MODEL_FILES = (
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "generation_config.json",
    "LICENSE*",
)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file of a model as it was verified."""

    name: str
    bytes: int
    sha256: str


def is_model_file(name: str) -> bool:
    """Whether a file of this name belongs to a safetensors model."""
    return any(fnmatchcase(name, pattern) for pattern in _MODEL_FILES) and not name.endswith(
        (".bin", ".pt", ".pth", ".pkl", ".ckpt")
    )


def hash_file(path: Path, on_chunk: Callable[[int], None]) -> FileRecord:
    """Reads `path` once; `on_chunk` gets the length of every chunk and may raise to stop."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            on_chunk(len(chunk))
    return FileRecord(path.name, size, digest.hexdigest())


def git_blob_sha1(path: Path) -> str:
    """The id that git, and so the hub, gives to a small file that is not kept in LFS."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def model_digest(files: Sequence[FileRecord]) -> str:
    """The sha256 of a single file; of a folder, over its sorted "sha256  name" lines."""
    if len(files) == 1:
        return files[0].sha256
    lines = sorted(f"{file.sha256}  {file.name}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def check_gguf(path: Path) -> None:
    """Raises ModelFileError unless `path` has a bounded GGUF header whose tensors lie inside it."""
    # The parser needs numpy and the gguf package, which listing models does not.
    from codegen.loading.gguf import read_gguf

    with read_gguf(path):
        pass


def check_safetensors(path: Path) -> None:
    """Raises ModelFileError unless the header is bounded JSON whose tensors fill the file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else size
        if length > min(size - 8, _MOST_HEADER_BYTES):
            raise ModelFileError(
                f"{path} is not a safetensors file: a header of {length} bytes in {size} bytes"
            )
        try:
            header = json.loads(file.read(length))
            ends = [
                int(entry["data_offsets"][1])
                for name, entry in header.items()
                if name != "__metadata__"
            ]
        except _BAD_HEADER as bad:
            raise ModelFileError(f"{path} has a damaged safetensors header: {bad}") from bad
    if 8 + length + max(ends, default=0) != size:
        raise ModelFileError(
            f"{path} is cut short or too long: its tensors need "
            f"{8 + length + max(ends, default=0)} bytes and it has {size}"
        )
