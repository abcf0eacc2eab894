"""A bounded reader of GGUF files, which come from strangers.

The header holds counts and lengths that a hostile file may set to anything. Each one is checked
against what is left of the file before it is used, so that no count can cost more time or memory
than the file is long. The `gguf` package supplies the format's constants and the dequantisation;
its own reader takes the counts on trust and needs seconds for a vocabulary.

Source: the GGUF specification, versions 2 and 3, little-endian.
"""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFValueType
from gguf.quants import dequantize
from numpy.typing import NDArray

from codegen.errors import ModelFileError, UnsupportedModel

_MAX_DIMS = 4
_MAX_NESTING = 2
# Smallest encodings: an empty key and a one-byte value; an empty name and no dimension.
_MIN_ENTRY_BYTES = 13
_MIN_TENSOR_BYTES = 24
_SCALARS: dict[int, str] = {
    GGUFValueType.UINT8: "<B",
    GGUFValueType.INT8: "<b",
    GGUFValueType.UINT16: "<H",
    GGUFValueType.INT16: "<h",
    GGUFValueType.UINT32: "<I",
    GGUFValueType.INT32: "<i",
    GGUFValueType.UINT64: "<Q",
    GGUFValueType.INT64: "<q",
    GGUFValueType.FLOAT32: "<f",
    GGUFValueType.FLOAT64: "<d",
    GGUFValueType.BOOL: "<?",
}


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """One tensor of the file: `shape` is rows first, as torch has it; `start` is absolute."""

    name: str
    shape: tuple[int, ...]
    kind: GGMLQuantizationType
    start: int
    n_bytes: int

    @property
    def n_rows(self) -> int:
        """Rows of the last dimension: everything but the contiguous one."""
        return math.prod(self.shape[:-1])


class GgufFile:
    """An open GGUF file: its metadata, its tensors' places, and their values on request."""

    def __init__(self, path: Path) -> None:
        """Maps the file and reads its header.

        Raises:
            ModelFileError: the file is missing, truncated, or its header contradicts itself.
            UnsupportedModel: a version or tensor type that is not implemented.
        """
        self.path = path
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise ModelFileError(f"{path} cannot be read: {error}") from error
        try:
            header = _Header(path, self._map)
            self.metadata = header.metadata()
            self.tensors = header.tensors(self.metadata)
        except BaseException:
            self._map.close()
            raise

    def __enter__(self) -> GgufFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Unmaps the file."""
        self._map.close()

    def rows(self, name: str, start: int, stop: int) -> NDArray[np.float32]:
        """Dequantises rows [start, stop) of a tensor.

        Shapes: -> [stop - start, shape[-1]] float32.
        """
        entry = self.tensors[name]
        raw = self.blocks(name, start, stop)
        if entry.kind == GGMLQuantizationType.F32:
            return raw.view(np.float32)
        if entry.kind == GGMLQuantizationType.F16:
            return raw.view(np.float16).astype(np.float32)
        return np.asarray(dequantize(raw, entry.kind), dtype=np.float32)

    def blocks(self, name: str, start: int, stop: int) -> NDArray[np.uint8]:
        """Rows [start, stop) of a tensor as they are stored.

        Shapes: -> [stop - start, bytes of a row] uint8.
        """
        entry = self.tensors[name]
        row_bytes = entry.n_bytes // entry.n_rows
        return np.frombuffer(
            self._map[entry.start + start * row_bytes : entry.start + stop * row_bytes],
            dtype=np.uint8,
        ).reshape(stop - start, row_bytes)


def read_gguf(path: Path) -> GgufFile:
    """Opens a GGUF file; see `GgufFile`."""
    return GgufFile(path)


class _Header:
    """A cursor over the mapped header that never reads or reserves beyond the file."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self._path = path
        self._data = data
        self._at = 0
        if self._take(4, "magic") != b"GGUF":
            raise self._bad("it does not begin with GGUF")
        version = self._scalar("<I", "version")
        if version not in (2, 3):
            raise UnsupportedModel(f"{path}: GGUF version {version} is not supported; 2 and 3 are")
        self._n_tensors = self._count("tensors", _MIN_TENSOR_BYTES)
        self._n_entries = self._count("metadata entries", _MIN_ENTRY_BYTES)

    def metadata(self) -> dict[str, object]:
        entries: dict[str, object] = {}
        for _ in range(self._n_entries):
            key = self._string("a metadata key")
            if key in entries:
                raise self._bad(f"metadata key {key[:80]!r} comes twice")
            kind = int(self._scalar("<I", f"the type of {key[:80]!r}"))
            entries[key] = self._value(kind, 0)
        return entries

    def tensors(self, metadata: dict[str, object]) -> dict[str, TensorEntry]:
        found = [self._tensor() for _ in range(self._n_tensors)]
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment not in (1 << n for n in range(21)):
            raise self._bad(f"alignment {alignment!r} is not a power of two up to 1048576")
        base = -(-self._at // alignment) * alignment
        placed: dict[str, TensorEntry] = {}
        for entry in found:
            start = base + entry.start
            if start % alignment or start + entry.n_bytes > len(self._data):
                raise self._bad(
                    f"tensor {entry.name[:80]!r} needs bytes {start} to {start + entry.n_bytes} "
                    f"of {len(self._data)}"
                )
            if entry.name in placed:
                raise self._bad(f"tensor {entry.name[:80]!r} comes twice")
            placed[entry.name] = TensorEntry(
                entry.name, entry.shape, entry.kind, start, entry.n_bytes
            )
        return placed

    def _tensor(self) -> TensorEntry:
        name = self._string("a tensor name")
        n_dims = int(self._scalar("<I", f"the dimensions of {name[:80]!r}"))
        if not 1 <= n_dims <= _MAX_DIMS:
            raise self._bad(f"tensor {name[:80]!r} has {n_dims} dimensions; 1 to {_MAX_DIMS} exist")
        dims = [int(self._scalar("<Q", "a dimension")) for _ in range(n_dims)]
        if min(dims) < 1:
            raise self._bad(f"tensor {name[:80]!r} has an empty dimension")
        number = int(self._scalar("<I", f"the type of {name[:80]!r}"))
        try:
            kind = GGMLQuantizationType(number)
            block, block_bytes = GGML_QUANT_SIZES[kind]
        except (ValueError, KeyError):
            raise UnsupportedModel(
                f"{self._path}: tensor {name[:80]!r} has type {number}, which is not supported"
            ) from None
        if dims[0] % block:
            raise self._bad(f"tensor {name[:80]!r} has rows of {dims[0]}, no multiple of {block}")
        n_bytes = math.prod(dims) // block * block_bytes
        offset = int(self._scalar("<Q", f"the offset of {name[:80]!r}"))
        return TensorEntry(name, tuple(reversed(dims)), kind, offset, n_bytes)

    def _value(self, kind: int, depth: int) -> object:
        if kind == GGUFValueType.STRING:
            return self._string("a metadata string")
        if kind == GGUFValueType.ARRAY:
            return self._array(depth)
        if kind not in _SCALARS:
            raise self._bad(f"metadata type {kind} does not exist")
        return self._scalar(_SCALARS[kind], "a metadata value")

    def _array(self, depth: int) -> object:
        if depth >= _MAX_NESTING:
            raise self._bad(f"metadata arrays nest deeper than {_MAX_NESTING}")
        kind = int(self._scalar("<I", "the type of an array"))
        if kind in _SCALARS:
            dtype = np.dtype(_SCALARS[kind])
            n = self._count("array elements", dtype.itemsize)
            return np.frombuffer(self._take(n * dtype.itemsize, "an array"), dtype=dtype)
        # A string or an array takes at least the eight bytes of its length.
        n = self._count("array elements", 8)
        return [self._value(kind, depth + 1) for _ in range(n)]

    def _string(self, what: str) -> str:
        raw = self._take(self._count(f"bytes of {what}", 1), what)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            # Vocabularies hold byte-level text, which is UTF-8; anything else is damage.
            raise self._bad(f"{what} is not UTF-8") from None

    def _count(self, what: str, each_bytes: int) -> int:
        value = int(self._scalar("<Q", f"the number of {what}"))
        left = len(self._data) - self._at
        if value * each_bytes > left:
            raise self._bad(f"it announces {value} {what}, but only {left} bytes follow")
        return value

    def _scalar(self, layout: str, what: str) -> int | float | bool:
        (value,) = struct.unpack(layout, self._take(struct.calcsize(layout), what))
        assert isinstance(value, (int, float, bool))
        return value

    def _take(self, n_bytes: int, what: str) -> bytes:
        end = self._at + n_bytes
        if end > len(self._data):
            raise self._bad(f"it ends inside {what}")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def _bad(self, reason: str) -> ModelFileError:
        return ModelFileError(f"{self._path} is damaged: {reason}; remove it and pull it again")
