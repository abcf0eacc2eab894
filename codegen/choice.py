"""Where a model runs and on whose code: decided before torch is imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from codegen.errors import LeadsmanError

if TYPE_CHECKING:
    from codegen.engine import CancelToken, Engine
    from codegen.store.model import StoredModel

Device = Literal["auto", "cpu", "cuda"]
Backend = Literal["leadsman", "transformers"]
CacheFormat = Literal["float16", "int8", "fp8"]
CACHE_FORMATS: tuple[CacheFormat, ...] = get_args(CacheFormat)
DEVICES: tuple[Device, ...] = get_args(Device)
BACKENDS: tuple[Backend, ...] = get_args(Backend)


@dataclass(frozen=True, slots=True)
class CacheChoice:
    """How a GPU's decoder keeps keys and values: their numbers, and whether in pages, of which
    requests that begin alike share what they can.
    """

    numbers: CacheFormat = "float16"
    paged: bool = False


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """device: "auto" is a CUDA device where there is one with Triton. load_in_4bit: NF4 while
    loading, for the transformers backend. cache: for our own backend on a GPU.
    """

    device: Device = "auto"
    backend: Backend = "leadsman"
    load_in_4bit: bool = False
    cache: CacheChoice = field(default_factory=CacheChoice)


def resolve_device(device: Device) -> str:
    """The torch device; imports torch."""
    import importlib.util

    import torch

    if device != "auto":
        return device
    has_triton = importlib.util.find_spec("triton") is not None
    return "cuda" if torch.cuda.is_available() and has_triton else "cpu"


def open_chosen(
    model: StoredModel,
    choice: EngineChoice,
    *,
    progress: Callable[[str, float], None] | None = None,
    cancel: CancelToken | None = None,
) -> Engine:
    """Opens a model as it was chosen; imports torch.

    Raises:
        LeadsmanError: see `open_engine` and `open_transformers_engine`.
    """
    device = resolve_device(choice.device)
    if choice.backend == "transformers":
        from codegen.foreign.opening import open_transformers_engine

        report = progress or (lambda stage, share: None)
        return open_transformers_engine(
            model, device=device, load_in_4bit=choice.load_in_4bit, progress=report
        )
    if choice.load_in_4bit:
        raise LeadsmanError(
            "--load-in-4bit goes with --backend transformers; for our own backend quantise once "
            "with `python -m codegen.quantize`"
        )
    from codegen.local_engine import open_engine

    return open_engine(model, progress=progress, cancel=cancel, device=device, cache=choice.cache)
