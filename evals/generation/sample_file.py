"""The samples of a run on disk, so that a killed run goes on where it was.

The first line says what the samples are samples of; each further line is one sample. Lines are
only ever appended, whole batches at a time and synced; what a kill left half written is cut off
at the next start, and a second process that wants the same file is told so.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from evals.errors import SamplesError
from evals.generation.sample import Key, Sample

_SCHEMA = "leadsman.samples/1"


def fingerprint_digest(fingerprint: Mapping[str, str]) -> str:
    """A name for a fingerprint: the same fields and values give the same 16 hex digits."""
    text = json.dumps(dict(fingerprint), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class SampleFile:
    """The samples of one fingerprint; hold it through `open_samples`."""

    def __init__(self, path: Path, fingerprint: Mapping[str, str]) -> None:
        """Reads what is there and repairs its end; the caller holds the lock."""
        self.path = path
        self._header = json.dumps({"schema": _SCHEMA, "fingerprint": dict(fingerprint)}) + "\n"
        self.samples: dict[Key, Sample] = {}
        self._read()

    def append(self, samples: Iterable[Sample]) -> None:
        """Writes those that are not there yet; returns once they are on the disk."""
        new = [sample for sample in samples if sample.key not in self.samples]
        if not new:
            return
        with self.path.open("ab") as file:
            file.write("".join(sample.to_line() for sample in new).encode())
            file.flush()
            os.fsync(file.fileno())
        self.samples.update((sample.key, sample) for sample in new)

    def _read(self) -> None:
        raw = self.path.read_bytes() if self.path.exists() else b""
        header = self._header.encode()
        if not raw.startswith(header):
            if b"\n" in raw:
                raise SamplesError(
                    f"{self.path} holds samples of another run; move it away or name another folder"
                )
            self.path.write_bytes(header)  # Nothing, or a header that a kill cut short.
            return
        whole = raw.rfind(b"\n") + 1
        for number, line in enumerate(raw[len(header) : whole].splitlines(), start=2):
            try:
                sample = Sample.from_json(json.loads(line))
            except (ValueError, TypeError) as error:
                raise SamplesError(
                    f"{self.path} line {number} is no sample ({error}); delete that line or the "
                    "file, and its tasks are generated again"
                ) from error
            self.samples.setdefault(sample.key, sample)
        if whole < len(raw):
            os.truncate(self.path, whole)


@contextlib.contextmanager
def open_samples(folder: Path, name: str, fingerprint: Mapping[str, str]) -> Iterator[SampleFile]:
    """The sample file of a fingerprint below `folder`, locked against other processes.

    Raises:
        SamplesError: another process writes it, it is damaged, or the folder cannot be written.
    """
    path = folder / f"{name}-{fingerprint_digest(fingerprint)}.jsonl"
    lock = FileLock(f"{path}.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise SamplesError(
            f"another process generates these samples now ({path}); wait for it, or give another "
            "folder with --run-dir"
        ) from None
    except OSError as error:
        raise SamplesError(
            f"{folder} cannot be written ({error.strerror}); see --run-dir"
        ) from error
    try:
        yield SampleFile(path, fingerprint)
    except OSError as error:
        raise SamplesError(f"{path}: {error.strerror}; free some space or see --run-dir") from error
    finally:
        lock.release()
