"""Whether a model can run here, found out without converting it.

`ensure_converted` asks the same functions before it works, `leadsman model pull` before it
installs and `leadsman doctor` before it says that all is well, so that the three cannot disagree.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import torch

from codegen.errors import DiskFull, LeadsmanError, ModelFileError
from codegen.loading.int8 import plan_int8
from codegen.loading.source import (
    GgufSource,
    PlannedTensor,
    SafetensorsSource,
    WeightSource,
    plan,
)
from codegen.store.disk import disk_errors, require_writable
from codegen.store.model import ModelFormat, StoredModel
from kernels.cpu.library import kernel_sets

FORMAT_VERSION = "1"
WEIGHTS_NAME = "weights.safetensors"
FILE_TYPES = {torch.float32: "F32", torch.bfloat16: "BF16", torch.uint8: "U8"}
_FOLDER_NAMES = {torch.float32: "f32", torch.bfloat16: "bf16", torch.int8: "int8"}
_DISK_MARGIN_BYTES = 64 << 20


def converted_folder(model: StoredModel, dtype: torch.dtype = torch.bfloat16) -> Path:
    """Where the converted weights of a model lie, whether they were made yet or not."""
    return model.converted_dir / f"{_FOLDER_NAMES[dtype]}-v{FORMAT_VERSION}"


def is_converted(folder: Path) -> bool:
    """Whether the folder holds converted weights; it is renamed into place when it is whole."""
    return (folder / WEIGHTS_NAME).is_file()


def open_source(format_: ModelFormat, path: Path) -> WeightSource:
    """Opens the files of a model, whichever format they have."""
    return GgufSource(path) if format_ == "gguf" else SafetensorsSource(path)


def check_runnable(format_: ModelFormat, path: Path) -> int:
    """Reads config, tensor list and tokenizer as a conversion would; the bytes that it would write.

    Raises:
        ModelFileError: the files are damaged, contradict each other, or are of another family.
    """
    try:
        source = open_source(format_, path)
        try:
            source.tokenizer()
            return planned_bytes(planned_tensors(source, _default_dtype()))
        finally:
            source.close()
    except ModelFileError as error:
        if str(path) in str(error):
            raise
        raise type(error)(f"{path}: {error}") from error


def require_room(folder: Path, needed_bytes: int) -> None:
    """Raises DiskFull, with both figures, where converted weights would not fit."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < needed_bytes + _DISK_MARGIN_BYTES:
        raise DiskFull(
            f"converting the model needs {needed_bytes / 1e9:.1f} GB at {folder}, "
            f"{free / 1e9:.1f} GB are free; make room or set LEADSMAN_HOME to another disk"
        )


def obstacle(model: StoredModel) -> LeadsmanError | None:
    """What would keep the model from answering on this machine; None where nothing would."""
    try:
        with disk_errors(model.converted_dir):
            if not is_converted(converted_folder(model, _default_dtype())):
                require_writable(model.converted_dir)
                require_room(model.converted_dir, check_runnable(model.format, model.path))
    except LeadsmanError as error:
        return error
    return None


def _default_dtype() -> torch.dtype:
    """What this machine would convert a model to."""
    return torch.int8 if kernel_sets() and not torch.cuda.is_available() else torch.bfloat16


def planned_tensors(source: WeightSource, dtype: torch.dtype) -> list[PlannedTensor]:
    """What a converted file with matrices of a dtype holds.

    Raises:
        ModelFileError: a tensor is missing or its shape contradicts the config.
    """
    return plan_int8(source) if dtype == torch.int8 else plan(source, dtype)


def planned_bytes(planned: list[PlannedTensor]) -> int:
    """The size of all tensors of a converted file."""
    return sum(tensor.n_bytes for tensor in planned)
