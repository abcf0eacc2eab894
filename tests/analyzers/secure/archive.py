# mypy: ignore-errors
# ruff: noqa
"""Unpacks what was sent, into a folder of its own."""

import tarfile
import tempfile
import zipfile
from pathlib import Path

MAX_BYTES = 100 << 20


def unpack(path: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="unpacked-"))
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_BYTES:
                raise ValueError("too large when unpacked")
            archive.extractall(folder)
    else:
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
    return folder


def scratch(text: str) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
        file.write(text)
    return file.name
