"""Converts a model once into the project's own file, which later starts map in about a second.

The file is a safetensors container with the decoder's own layout (merged q, k, v and gate, up) and
the config in its metadata. It is written block by block beside its final name and renamed when
it is whole, so that a kill leaves either the old state or the new one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from filelock import FileLock
from torch import Tensor

from codegen.engine import CancelToken
from codegen.loading.int8 import int8_pieces
from codegen.loading.readiness import (
    FILE_TYPES,
    WEIGHTS_NAME,
    converted_folder,
    is_converted,
    open_source,
    planned_bytes,
    planned_tensors,
    require_room,
)
from codegen.loading.source import PlannedTensor, WeightSource
from codegen.store.disk import disk_errors, require_writable
from codegen.store.integrity import record_converted, verify_source
from codegen.store.model import StoredModel
from codegen.store.verify import FileRecord

_BLOCK_ELEMENTS = 4 << 20

Progress = Callable[[str, float], None]


def ensure_converted(
    model: StoredModel,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
    dtype: torch.dtype = torch.bfloat16,
) -> Path:
    """The folder with the converted weights and tokenizer, made now if it is not there yet.

    Args:
        model: what to convert.
        progress: told a stage and the share done, 0 to 1.
        cancel: stops between blocks, leaving nothing behind.
        dtype: of the matrices; int8 is packed for the CPU's kernels, float32 for parity checks.

    Raises:
        ModelFileError: the source is damaged, or of an unsupported kind.
        ChecksumError: the source is no longer what was pulled.
        StoreError: the folder cannot be written; DiskFull: the converted file does not fit.
        Cancelled: `cancel` was set.
    """
    folder = converted_folder(model, dtype)
    report, token = progress or (lambda stage, share: None), cancel or CancelToken()
    with disk_errors(model.converted_dir):
        if is_converted(folder):
            return folder
        require_writable(model.converted_dir)
        model.converted_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(model.converted_dir / f"{folder.name}.lock"):
            if not is_converted(folder):
                _convert(model, folder, dtype, report, token)
    return folder


def _convert(
    model: StoredModel, folder: Path, dtype: torch.dtype, report: Progress, cancel: CancelToken
) -> None:
    source = open_source(model.format, model.path)
    staging = folder.with_name(f"{folder.name}.partial")
    try:
        # Both come before the hashing of gigabytes, because they are seen at once.
        planned = planned_tensors(source, dtype)
        require_room(folder.parent, planned_bytes(planned))
        verify_source(model, lambda done, total: _checked(done, total, report, cancel))
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        # The tokenizer goes first: a model whose tokenizer we cannot read is of no use.
        source.tokenizer().save(staging)
        weights = _write(source, planned, staging / WEIGHTS_NAME, report, cancel)
        record_converted(staging, weights)
        # A folder without weights may be left by an earlier version's crash.
        shutil.rmtree(folder, ignore_errors=True)
        staging.rename(folder)
    finally:
        source.close()
        shutil.rmtree(staging, ignore_errors=True)


def _checked(done: int, total: int, report: Progress, cancel: CancelToken) -> None:
    cancel.check()
    report("Checking the model (first start only)", done / total)


def _write(
    source: WeightSource,
    planned: list[PlannedTensor],
    path: Path,
    report: Progress,
    cancel: CancelToken,
) -> FileRecord:
    header = _header(planned, source)
    total = planned_bytes(planned)
    written = 0
    digest = hashlib.sha256()
    with path.open("wb") as file:

        def put(data: bytes | memoryview) -> None:
            file.write(data)
            digest.update(data)

        put(len(header).to_bytes(8, "little") + header)
        packs = any(tensor.dtype == torch.uint8 for tensor in planned)
        for piece in int8_pieces(source, planned) if packs else _pieces(source, planned):
            cancel.check()
            raw = piece.contiguous().view(torch.uint8).numpy()
            put(raw.data)
            written += raw.nbytes
            report("Converting weights (first start only)", written / total)
        file.flush()
        os.fsync(file.fileno())
    return FileRecord(path.name, 8 + len(header) + written, digest.hexdigest())


def _pieces(source: WeightSource, planned: list[PlannedTensor]) -> Iterator[Tensor]:
    """The planned tensors' values, end to end, block of rows by block of rows."""
    for tensor in planned:
        for part in tensor.parts:
            shape = source.shape(part)
            if len(shape) == 1:
                yield source.rows(part, 0, 1).reshape(-1).to(tensor.dtype)
                continue
            step = max(1, _BLOCK_ELEMENTS // shape[1])
            for start in range(0, shape[0], step):
                stop = min(start + step, shape[0])
                yield source.rows(part, start, stop).to(tensor.dtype)


def _header(planned: list[PlannedTensor], source: WeightSource) -> bytes:
    entries: dict[str, object] = {
        "__metadata__": {"format": "leadsman", "config": source.config.to_json()}
    }
    at = 0
    for tensor in planned:
        end = at + tensor.n_bytes
        entries[tensor.name] = {
            "dtype": FILE_TYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [at, end],
        }
        at = end
    text = json.dumps(entries, separators=(",", ":")).encode()
    # safetensors wants the data aligned to eight bytes; vector loads like 64, which all sizes of a
    # packed matrix are multiples of.
    return text + b" " * (-(len(text) + 8) % 64)
