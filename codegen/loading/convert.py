"""Converts a model once into the project's own file, which later starts map in about a second.

The file is a safetensors container with the decoder's own layout (merged q, k, v and gate, up) and
the config in its metadata. It is written block by block beside its final name and renamed when
it is whole, so that a kill leaves either the old state or the new one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from filelock import FileLock
from torch import Tensor

from codegen.engine import CancelToken
from codegen.errors import DiskFull, ModelFileError
from codegen.loading.source import GgufSource, PlannedTensor, SafetensorsSource, WeightSource, plan
from codegen.store.model import StoredModel

FORMAT_VERSION = "1"
WEIGHTS_NAME = "weights.safetensors"
_BLOCK_ELEMENTS = 4 << 20
_DTYPE_NAMES = {torch.float32: "F32", torch.bfloat16: "BF16"}
_DISK_MARGIN_BYTES = 64 << 20

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
        dtype: of the matrices; bf16 except for parity checks.

    Raises:
        ModelFileError: the source is damaged, or of an unsupported kind.
        DiskFull: the converted file does not fit.
        Cancelled: `cancel` was set.
    """
    folder = model.converted_dir / f"{_DTYPE_NAMES[dtype].lower()}-v{FORMAT_VERSION}"
    if (folder / WEIGHTS_NAME).is_file():
        return folder
    model.converted_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(model.converted_dir / f"{folder.name}.lock"):
        if (folder / WEIGHTS_NAME).is_file():
            return folder
        source = open_source(model)
        staging = folder.with_name(f"{folder.name}.partial")
        try:
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir()
            # The tokenizer goes first: a model whose tokenizer we cannot read is of no use.
            source.tokenizer().save(staging)
            _write(source, staging / WEIGHTS_NAME, dtype, progress, cancel or CancelToken())
            # A folder without weights may be left by an earlier version's crash.
            shutil.rmtree(folder, ignore_errors=True)
            staging.rename(folder)
        except OSError as error:
            raise ModelFileError(f"the converted model cannot be written: {error}") from error
        finally:
            source.close()
            shutil.rmtree(staging, ignore_errors=True)
    return folder


def open_source(model: StoredModel) -> WeightSource:
    """Opens the files of a stored model, whichever format they have."""
    return GgufSource(model.path) if model.format == "gguf" else SafetensorsSource(model.path)


def _write(
    source: WeightSource,
    path: Path,
    dtype: torch.dtype,
    progress: Progress | None,
    cancel: CancelToken,
) -> None:
    planned = plan(source, dtype)
    header = _header(planned, source)
    total = sum(_n_bytes(tensor) for tensor in planned)
    free = shutil.disk_usage(path.parent).free
    if free < total + _DISK_MARGIN_BYTES:
        raise DiskFull(
            f"converting the model needs {total / 1e9:.1f} GB at {path.parent}, "
            f"{free / 1e9:.1f} GB are free; make room or set LEADSMAN_HOME to another disk"
        )
    written = 0
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for tensor in planned:
            for block in _blocks(source, tensor):
                cancel.check()
                raw = block.to(tensor.dtype).contiguous().view(torch.uint8).numpy()
                file.write(raw.data)
                written += raw.nbytes
                if progress is not None:
                    progress("Converting weights (first start only)", written / total)
        file.flush()
        os.fsync(file.fileno())


def _blocks(source: WeightSource, tensor: PlannedTensor) -> Iterator[Tensor]:
    for part in tensor.parts:
        shape = source.shape(part)
        if len(shape) == 1:
            yield source.rows(part, 0, 1).reshape(-1)
            continue
        step = max(1, _BLOCK_ELEMENTS // shape[1])
        for start in range(0, shape[0], step):
            yield source.rows(part, start, min(start + step, shape[0]))


def _header(planned: list[PlannedTensor], source: WeightSource) -> bytes:
    entries: dict[str, object] = {
        "__metadata__": {"format": "leadsman", "config": source.config.to_json()}
    }
    at = 0
    for tensor in planned:
        end = at + _n_bytes(tensor)
        entries[tensor.name] = {
            "dtype": _DTYPE_NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [at, end],
        }
        at = end
    text = json.dumps(entries, separators=(",", ":")).encode()
    # safetensors wants the data aligned to eight bytes; vector loads like 64.
    return text + b" " * (-(len(text) + 8) % 64)


def _n_bytes(tensor: PlannedTensor) -> int:
    n = tensor.dtype.itemsize
    for size in tensor.shape:
        n *= size
    return n
