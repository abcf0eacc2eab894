"""Files of the user's, read with one line for what is wrong with them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from evals.errors import DatasetError


def read_source(path: Path) -> str:
    """A text with its own line ends; a byte order mark is not part of it.

    Raises:
        DatasetError: the file cannot be read, or is no UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is no UTF-8 ({error.reason} at byte {error.start})") from error


def read_items(path: Path) -> list[dict[str, object]]:
    """The objects of a JSON list, or of a file with one object a line.

    Raises:
        DatasetError: the file is neither.
    """
    text = read_source(path)
    try:
        if path.suffix == ".jsonl":
            # Split at line feeds alone: JSON may hold other separators inside its texts.
            items = [json.loads(line) for line in text.split("\n") if line.strip()]
        else:
            items = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path} is no JSON ({error})") from error
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise DatasetError(f"{path} holds no list of objects")
    return items


def digest(parts: Iterable[str]) -> str:
    """One sha256 for many texts, in their order."""
    sha256 = hashlib.sha256()
    for part in parts:
        sha256.update(part.encode("utf-8", "surrogatepass"))
        sha256.update(b"\0")
    return sha256.hexdigest()
