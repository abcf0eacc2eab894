"""The Hugging Face hub as the store sees it: what a repository holds, and its files on disk."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codegen.engine import CancelToken
from codegen.errors import DiskFull, DownloadError, ModelNotFound
from codegen.store.child import Watch, run_child
from codegen.store.disk import folder_bytes
from codegen.store.model import ModelFormat
from codegen.store.reference import is_safe_file
from codegen.store.verify import is_model_file

_SCRIPT = Path(__file__).with_name("hub_child.py")
_STALL_S = 60.0
_NEEDED = ("config.json", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository. `etag` is its sha256 (LFS) or its git blob id."""

    name: str
    bytes: int
    etag: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a repository holds at one commit."""

    repo: str
    commit: str
    licence: str | None
    files: tuple[HubFile, ...]


class Hub:
    """Talks to the hub through huggingface_hub in a child process."""

    def look_up(self, repo: str, cancel: CancelToken, limit_s: float) -> Listing:
        """What `repo` holds now.

        Raises:
            DownloadError: the hub cannot be used, or did not answer within `limit_s`.
        """
        watch = Watch(cancel, limit_s=limit_s)
        try:
            outcome = run_child([str(_SCRIPT), "list", repo], _SCRIPT.parent, _environment(), watch)
        except DownloadError as error:
            raise DownloadError(f"the Hugging Face hub cannot be used: {error}") from error
        if outcome.code != 0:
            raise _failure(outcome.stderr)
        try:
            answer = json.loads(outcome.stdout)
            files = tuple(
                HubFile(str(file["name"]), int(file["bytes"]), str(file["etag"]))
                for file in answer["files"]
                if file["bytes"] is not None
            )
            # Shown on a terminal, so it may hold no control characters.
            licence = re.sub(r"[^\w .+-]", "", str(answer["licence"] or ""))[:60] or None
            return Listing(repo, str(answer["commit"]), licence, files)
        except (ValueError, LookupError, TypeError) as error:
            raise DownloadError(f"the hub's answer about {repo} makes no sense: {error}") from error

    def fetch(
        self,
        listing: Listing,
        files: Sequence[HubFile],
        folder: Path,
        cancel: CancelToken,
        on_bytes: Callable[[int], None],
    ) -> None:
        """Brings `files` into `folder`, going on where an earlier call was killed.

        Raises:
            DownloadError: the hub stopped answering; what came is kept for the next call.
        """

        def measure() -> int:
            there = folder_bytes(folder)
            on_bytes(there)
            return there

        names = json.dumps([[file.name, file.bytes] for file in files])
        outcome = run_child(
            [str(_SCRIPT), "fetch", listing.repo, listing.commit, str(folder), names],
            folder,
            _environment(),
            Watch(cancel, stall_s=_STALL_S, measure=measure),
        )
        if "No space left on device" in outcome.stderr:
            raise DiskFull(
                f"the disk of {folder} became full; free some space or set LEADSMAN_HOME to "
                "another folder, then pull again to go on"
            )
        if outcome.code != 0:
            raise _failure(outcome.stderr)


def choose_files(listing: Listing, file: str | None) -> tuple[ModelFormat, tuple[HubFile, ...]]:
    """The files of `listing` that make up the model: the GGUF `file`, or a safetensors folder.

    Raises:
        ModelNotFound: there is no such file, nothing but pickles, or a choice to be made.
    """
    safe = [entry for entry in listing.files if is_safe_file(entry.name)]
    ggufs = [entry for entry in safe if entry.name.endswith(".gguf")]
    if file is not None:
        chosen = [entry for entry in ggufs if entry.name == file]
        if not chosen:
            raise ModelNotFound(f"{listing.repo} has no file {file!r}; {_offer(listing, ggufs)}")
        return "gguf", tuple(chosen)
    folder = [entry for entry in safe if is_model_file(entry.name) and "/" not in entry.name]
    names = {entry.name for entry in folder}
    if any(name.endswith(".safetensors") for name in names) and names.issuperset(_NEEDED):
        return "safetensors", tuple(folder)
    if len(ggufs) == 1:
        return "gguf", tuple(ggufs)
    raise ModelNotFound(f"{listing.repo} cannot be pulled as a folder; {_offer(listing, ggufs)}")


def _offer(listing: Listing, ggufs: Sequence[HubFile]) -> str:
    if not ggufs:
        return (
            "it has no GGUF file and no safetensors with config.json and tokenizer.json, "
            "and pickled weights are never opened"
        )
    shown = ", ".join(f"hf:{listing.repo}:{entry.name}" for entry in ggufs[:8])
    return f"pull one of: {shown}{', ...' if len(ggufs) > 8 else ''}"


def _environment() -> dict[str, str]:
    return os.environ | {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}


def _failure(stderr: str) -> DownloadError:
    lines = stderr.strip().splitlines() or ["it was ended"]
    return DownloadError(f"the Hugging Face hub cannot be used: {lines[-1]}")
