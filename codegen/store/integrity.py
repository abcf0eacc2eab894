"""Whether the bytes of a model are still those that were installed, or converted from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from codegen.errors import ChecksumError, ModelFileError
from codegen.store.disk import write_json
from codegen.store.model import StoredModel
from codegen.store.verify import FileRecord, hash_file

RECORDS_NAME = "digests.json"
_MOST_SAMPLES = 256
_SAMPLE_BYTES = 4096
_LEAST_DISTANCE_BYTES = 4 << 20
# Told the bytes done and the bytes in all; may raise to stop.
OnBytes = Callable[[int, int], None]


def verify_source(model: StoredModel, on_bytes: OnBytes) -> bool:
    """Reads the files that were pulled; False for a path that never was, of which nothing is known.

    Raises:
        ChecksumError: a file is not the one that was pulled.
    """
    places = [
        (model.path if model.format == "gguf" else model.path / record.name, record)
        for record in model.files
    ]
    again = model.path if model.source == "local" else model.name
    remove = "" if model.source == "local" else f"leadsman model remove {model.name} && "
    _verify(places, f"run: {remove}leadsman model pull {again}", on_bytes)
    return bool(places)


def record_converted(folder: Path, weights: FileRecord) -> None:
    """Writes down the digests of converted files, that of the large one as it was written."""
    records = [
        weights if path.name == weights.name else hash_file(path, lambda size: None)
        for path in sorted(folder.iterdir())
    ]
    write_json(
        folder / RECORDS_NAME,
        {
            record.name: {
                "bytes": record.bytes,
                "sha256": record.sha256,
                "samples": sample_digest(folder / record.name),
            }
            for record in records
        },
    )


def check_samples(folder: Path) -> None:
    """Compares a sample of the converted files; cheap enough for every start.

    It finds what cut the file or overwrote a stretch of it, where reading all of it would take
    seconds. Folders of an earlier version, which kept no samples, pass.

    Raises:
        ModelFileError: a file is not the one that was made.
    """
    for name, entry in _read_records(folder).items():
        expected = entry.get("samples")
        try:
            is_sound = expected is None or sample_digest(folder / name) == expected
        except OSError:
            is_sound = False
        if not is_sound:
            raise ModelFileError(f"{folder / name} is not as it was made; delete {folder}")


def sample_digest(path: Path) -> str:
    """The sha256 of a file's size and of short pieces at even distances, 256 at most."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for start in range(0, size, max(_LEAST_DISTANCE_BYTES, -(-size // _MOST_SAMPLES))):
            file.seek(start)
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def verify_converted(folder: Path, on_bytes: OnBytes) -> bool:
    """Reads converted files; False where an earlier version wrote no digests down.

    Raises:
        ChecksumError: a file is not the one that was made.
    """
    try:
        places = [
            (folder / name, FileRecord(name, int(entry["bytes"]), entry["sha256"]))
            for name, entry in _read_records(folder).items()
        ]
    except (ValueError, LookupError, TypeError):
        return False
    _verify(places, f"delete {folder}, and the next start makes it again", on_bytes)
    return bool(places)


def _read_records(folder: Path) -> dict[str, dict[str, Any]]:
    """What was written down, by plain file name; nothing where it cannot be read."""
    try:
        document = json.loads((folder / RECORDS_NAME).read_text(encoding="utf-8"))
        return {Path(name).name: dict(entry) for name, entry in document.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _verify(places: Iterable[tuple[Path, FileRecord]], remedy: str, on_bytes: OnBytes) -> None:
    places = list(places)
    total = sum(record.bytes for _, record in places)
    done = 0

    def on_chunk(size: int) -> None:
        nonlocal done
        done += size
        on_bytes(min(done, total), total)

    for path, record in places:
        try:
            found = hash_file(path, on_chunk)
        except OSError as error:
            raise ChecksumError(
                f"{path} cannot be read: {error.strerror or error}; {remedy}"
            ) from error
        if (found.bytes, found.sha256) != (record.bytes, record.sha256):
            raise ChecksumError(
                f"{path} is damaged: {found.bytes} bytes with sha256 {found.sha256[:12]}... "
                f"instead of {record.bytes} with {record.sha256[:12]}...; {remedy}"
            )
