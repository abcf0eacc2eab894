"""Makes the folder of a quantised model, and the report about it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import torch

from codegen.errors import DiskFull, LeadsmanError
from codegen.gpu.packed_weights import PackedWeights, pack_weights
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import DenseWeights, open_weights
from codegen.quantize.blocks import block_losses
from codegen.quantize.calibrated import quantize_calibrated
from codegen.quantize.kept_rows import KeptRows, kept_rows
from codegen.quantize.nf4_folder import write_nf4_folder
from codegen.quantize.one_matrix import is_one_matrix, with_one_matrix
from codegen.quantize.packed_file import PACKED_NAME, embedding_of, write_packed
from codegen.quantize.quality import as_float32, dense_of, measure_quality, on_device
from codegen.quantize.recipe import Order
from codegen.quantize.report import matrix_errors
from codegen.quantize.sensitivity import sensitivities, spare_bytes, widest_choice
from codegen.quantize.texts import calibration_ids, measured_ids
from codegen.quantize.tuning import Schedule, tuned
from codegen.quantize.tuning_texts import tuning_text
from codegen.store.model import StoredModel
from codegen.store.store import Store
from codegen.tokenizer import Tokenizer

_DISK_MARGIN_BYTES = 64 << 20
# Enough tokens for the Gram matrix of 5,000 inputs to be sound.
_CALIBRATION_SEQUENCES = 64
_SENSITIVITY_SEQUENCES = 8
_MEASURED_SEQUENCES = 32
_STEPS_A_LINE = 50


def quantize_model(
    name: str, order: Order, out: Path, say: Callable[[str], None] = lambda line: None
) -> dict[str, object]:
    """Writes the folder and returns what the report holds; `say` is told what goes on.

    Raises:
        LeadsmanError: no such model, a shape that cannot be packed, no room, or no such folder.
    """
    model = Store().find(name)
    folder = ensure_converted(model)
    dense = open_weights(folder)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = Tokenizer.load(folder)
    one = is_one_matrix(dense)
    try:
        packed, wide = _packed(dense, order, tokenizer, device, one=one)
    except ValueError as error:
        raise LeadsmanError(f"{name}'s weights are damaged: {error}") from error
    quality = _Quality(dense, tokenizer, device, say) if order.measure else None
    kept: KeptRows | None = None
    if one and order.recipe is not None:
        kept = kept_rows(packed.embed, tokenizer)
        packed = replace(packed, embed=kept.put_into(embedding_of(packed.head)))
    if order.n_tuning_steps:
        if quality is not None:
            quality.measure("quality_before_tuning", packed)
        text = tuning_text(dense, tokenizer, device, own_texts=order.own_texts)
        schedule = Schedule(order.n_tuning_steps)
        packed = tuned(packed, on_device(dense, device), text, schedule, _steps(say), kept)
        if kept is not None:
            # Tuning moved the head's scales, which are the embedding's too.
            packed = replace(packed, embed=kept.put_into(embedding_of(packed.head)))
    _make_room(out, packed.n_bytes + (0 if kept else packed.embed.numel() * 2))
    tokenizer.save(out)
    size = write_packed(packed, out / PACKED_NAME, kept)
    if quality is not None:
        quality.measure("quality", packed)
    sizes = _sizes(dense, packed, size, is_one=one)
    return _report(model, dense, packed, order, wide) | sizes | (quality.found if quality else {})


def write_nf4(name: str, out: Path) -> dict[str, object]:
    """Writes a folder of NF4 weights with double quantisation.

    Raises:
        LeadsmanError: no such model, no room, or no such folder.
    """
    folder = ensure_converted(Store().find(name))
    dense = open_weights(folder)
    # Half a byte a weight and a little for the scales; embedding and head stay as they are.
    _make_room(out, dense.n_bytes // 3 + dense.embed.numel() * 2)
    try:
        size = write_nf4_folder(dense, Tokenizer.load(folder), out)
    except ValueError as error:
        raise LeadsmanError(f"{name}'s weights are damaged: {error}") from error
    return {
        "model": name,
        "to": "nf4",
        "bytes": size,
        "bf16_bytes": dense.n_bytes,
        "share": size / dense.n_bytes,
        "matrices": [],
    }


class _Quality:
    """Measures packed weights against their source, on code that calibrates nothing."""

    def __init__(
        self,
        dense: DenseWeights,
        tokenizer: Tokenizer,
        device: torch.device,
        say: Callable[[str], None],
    ) -> None:
        self.found: dict[str, object] = {}
        self._text = measured_ids(tokenizer, _MEASURED_SEQUENCES)
        self._dense, self._device, self._say = dense, device, say

    def measure(self, key: str, packed: PackedWeights) -> None:
        # Float32 copies are made anew, so that none lies about while weights are tuned.
        source = as_float32(self._dense, self._device)
        found = measure_quality(dense_of(packed), self._text, source)
        perplexity = measure_quality(source, self._text).perplexity
        self.found[key] = {"source_perplexity": perplexity, **asdict(found)}
        self._say(f"{key}: perplexity {found.perplexity:.3f}, divergence {found.divergence:.4f}")


def _report(
    model: StoredModel,
    dense: DenseWeights,
    packed: PackedWeights,
    order: Order,
    wide: frozenset[str],
) -> dict[str, object]:
    recipe = order.recipe
    is_scaled = recipe is not None and recipe.scaled
    return {
        "model": model.name,
        "to": order.packer.kind,
        "group_size": order.packer.group_size,
        "recipe": None if recipe is None else recipe.as_json(),
        "wide": sorted(wide),
        "tuning": {"steps": order.n_tuning_steps, "own_texts": order.own_texts},
        "blocks": [asdict(loss) for loss in block_losses(model.path)]
        if model.format == "gguf"
        else [],
        # Scaled columns are other numbers on purpose, so there is nothing to compare them with.
        "matrices": [] if is_scaled else list(matrix_errors(dense, packed)),
    }


def _sizes(
    dense: DenseWeights, packed: PackedWeights, size: int, *, is_one: bool
) -> dict[str, object]:
    twice = is_one and not _tied(dense)
    plain_bytes = dense.n_bytes - (dense.head.numel() * 2 if twice else 0)
    return {
        "bytes": size,
        "converted_bytes": dense.n_bytes,
        "bf16_bytes": plain_bytes,
        "share": size / plain_bytes,
        # Kernels read scales and zero points wider than a file holds them.
        "step_bytes": packed.n_bytes,
        "step_share": packed.n_bytes / plain_bytes,
    }


def _packed(
    dense: DenseWeights, order: Order, tokenizer: Tokenizer, device: torch.device, *, one: bool
) -> tuple[PackedWeights, frozenset[str]]:
    recipe = order.recipe
    if recipe is None:
        return pack_weights(dense, order.packer, device), frozenset()
    source = with_one_matrix(dense) if one else dense
    recipe = recipe.keeping_kinds(order.wide_kinds, dense.config.n_layers)
    if order.at_most is not None:
        text = calibration_ids(tokenizer, _SENSITIVITY_SEQUENCES, dense.config.architecture)
        found = sensitivities(as_float32(source, device), recipe, text)
        spare = spare_bytes(source, recipe, order.at_most, has_embedding=not one)
        recipe = recipe.keeping(recipe.wide | widest_choice(source, found, spare))
    text = calibration_ids(tokenizer, _CALIBRATION_SEQUENCES, dense.config.architecture)
    return quantize_calibrated(source, recipe, text, device), recipe.wide


def _steps(say: Callable[[str], None]) -> Callable[[int, float], None]:
    """Tells of the mean divergence of every `_STEPS_A_LINE` steps of tuning."""
    seen: list[float] = []

    def note(step: int, divergence: float) -> None:
        seen.append(divergence)
        if len(seen) == _STEPS_A_LINE:
            say(f"tuning, step {step + 1}: divergence {sum(seen) / len(seen):.4f}")
            seen.clear()

    return note


def _tied(dense: DenseWeights) -> bool:
    return dense.head is dense.embed


def _make_room(out: Path, needed: int) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(out).free
    except OSError as error:
        raise LeadsmanError(f"{out} cannot be made: {error}") from error
    if free < needed + _DISK_MARGIN_BYTES:
        raise DiskFull(
            f"the packed model needs {needed / 1e9:.1f} GB at {out}, {free / 1e9:.1f} GB are free; "
            "make room or name another folder"
        )
