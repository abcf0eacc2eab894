"""What a user may call a model: a catalog name, `hf:owner/repo[:file.gguf]`, or a path on disk."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from codegen.errors import ModelNotFound

_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .+-]{0,199}")
_LOCAL_NAME = re.compile(r"local:[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference that was understood. `name` is what manifests, locks and messages use."""

    kind: Literal["name", "hub", "path"]
    name: str
    repo: str = ""
    file: str | None = None
    path: Path | None = None

    @property
    def slug(self) -> str:
        """A folder name that is safe on every file system and differs for different names."""
        if self.kind == "name" and not self.name.startswith("local:"):
            return self.name
        readable = re.sub(r"[^A-Za-z0-9._-]+", "-", self.name)[:80]
        return f"{readable}-{hashlib.sha256(self.name.encode()).hexdigest()[:8]}"


def parse_reference(text: str, known: Sequence[str]) -> Reference:
    """Understands `text`, or raises ModelNotFound with the known names and the closest one."""
    if not text or any(not character.isprintable() for character in text):
        raise ModelNotFound(f"{text!r} is not a model name; known: {', '.join(known)}")
    if text in known:
        return Reference("name", text)
    if text.startswith("hf:"):
        return _parse_hub(text)
    if _LOCAL_NAME.fullmatch(text):
        return Reference("name", text)
    path = None if text.startswith("local:") else _path(text)
    if path is None:
        raise ModelNotFound(_unknown(text[:100], known))
    return Reference("path", f"local:{_readable(path)}", path=path)


def is_safe_file(name: str) -> bool:
    """Whether a repository's file name can stand below a folder of ours and nowhere else."""
    return all(_SEGMENT.fullmatch(segment) is not None for segment in name.split("/")) and (
        ".." not in name and not name.endswith((".", " "))
    )


def _parse_hub(text: str) -> Reference:
    repo, separator, file = text.removeprefix("hf:").partition(":")
    if not _REPO.fullmatch(repo) or ".." in repo:
        raise ModelNotFound(f"{text!r} is not a hub reference; write hf:owner/repo[:file.gguf]")
    if not separator:
        return Reference("hub", text, repo=repo)
    if not is_safe_file(file) or not file.endswith(".gguf"):
        raise ModelNotFound(
            f"{file!r} cannot be pulled from {repo}; name a .gguf file inside the repository, "
            f"or write hf:{repo} for its safetensors"
        )
    return Reference("hub", text, repo=repo, file=file)


def _path(text: str) -> Path | None:
    """The absolute path that `text` is, if it looks like one or something lies there."""
    try:
        path = Path(text).expanduser().absolute()
        looks_so = any(separator in text for separator in "/\\") or text[0] in ".~"
        return path if looks_so or path.exists() else None
    # Too long for the file system, or the home of a user who does not exist.
    except (OSError, RuntimeError):
        return None


def _readable(path: Path) -> str:
    stem = path.stem if path.suffix == ".gguf" else path.name
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:60] or "model"


def _unknown(text: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(text.lower(), known, n=1, cutoff=0.4)
    guess = f"did you mean {close[0]}? " if close else ""
    return (
        f"unknown model {text!r}; {guess}Known: {', '.join(known)}, "
        "hf:owner/repo[:file.gguf], or a path"
    )
