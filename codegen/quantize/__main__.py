"""Quantises a stored model: `python -m codegen.quantize MODEL --to int4 --out DIR`.

Reads the model from the store, converting it first if need be, and writes packed weights and the
tokenizer to a folder that `open_packed_engine` takes. Reports size and error per matrix, and with
--measure the perplexity of real code before and after. NF4 goes to a folder for transformers.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch

from codegen.errors import DiskFull, LeadsmanError
from codegen.gpu.packed_weights import (
    DEFAULT_GROUP_SIZE,
    PackedWeights,
    Packer,
    pack_weights,
)
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import DenseWeights, open_weights
from codegen.quantize.calibrated import quantize_calibrated
from codegen.quantize.kept_rows import kept_rows
from codegen.quantize.nf4_folder import write_nf4_folder
from codegen.quantize.one_matrix import is_one_matrix, with_one_matrix
from codegen.quantize.packed_file import PACKED_NAME, embedding_of, write_packed
from codegen.quantize.quality import as_float32, dense_of, measure_quality
from codegen.quantize.recipe import MATRICES, Order, Recipe
from codegen.quantize.report import MatrixError, matrix_errors
from codegen.quantize.sensitivity import sensitivities, spare_bytes, widest_choice
from codegen.quantize.texts import calibration_ids, measured_ids
from codegen.store.store import Store
from codegen.tokenizer import Tokenizer
from kernels.packing import GROUP_SIZES

_DISK_MARGIN_BYTES = 64 << 20
# Enough tokens for the Gram matrix of 5,000 inputs to be sound.
_CALIBRATION_SEQUENCES = 64
_SENSITIVITY_SEQUENCES = 8
_MEASURED_SEQUENCES = 32


def main(arguments: Sequence[str] | None = None) -> int:
    """Quantises and reports; 2 says why it could not, in one line."""
    options = _parser().parse_args(arguments)
    recipe = None
    if options.calibrated:
        recipe = Recipe(
            group_size=options.group,
            head_group_size=options.head_group,
            symmetric=not options.zero_points,
            scaled=options.scaled,
        )
    order = Order(
        packer=Packer(
            "int8" if options.to == "int8" else "int4",
            options.group,
            symmetric=not options.zero_points,
        ),
        recipe=recipe,
        wide_kinds=frozenset(options.wide),
        at_most=options.at_most,
        measure=options.measure,
    )
    try:
        if options.to != "int4" and (recipe is not None or options.zero_points):
            raise LeadsmanError("--calibrated and --zero-points are for --to int4; leave them out")
        if options.to == "nf4":
            report = write_nf4(options.model, options.out)
        else:
            report = quantize_model(options.model, order, options.out)
    except LeadsmanError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(_as_json(report) if options.json else _as_text(report))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m codegen.quantize", description=__doc__)
    parser.add_argument("model", help="a model of the store")
    parser.add_argument(
        "--to",
        choices=("int4", "int8", "nf4"),
        required=True,
        help="bits a weight; nf4 writes a folder that transformers and bitsandbytes load",
    )
    parser.add_argument("--group", type=int, choices=GROUP_SIZES, default=DEFAULT_GROUP_SIZE)
    parser.add_argument(
        "--zero-points", action="store_true", help="let the 16 levels of a group lie off centre"
    )
    parser.add_argument(
        "--calibrated",
        action="store_true",
        help="round so that results come out right, on the standard library's code; takes minutes "
        "on a CPU",
    )
    parser.add_argument(
        "--scaled", action="store_true", help="with --calibrated: scale columns by their inputs too"
    )
    parser.add_argument(
        "--head-group",
        type=int,
        choices=GROUP_SIZES,
        help="with --calibrated: the head at 4 bits too, in groups of so many (default: 8 bits)",
    )
    parser.add_argument(
        "--wide",
        nargs="+",
        choices=MATRICES,
        default=[],
        metavar="KIND",
        help=f"with --calibrated: these of {', '.join(MATRICES)} at 8 bits in all layers",
    )
    parser.add_argument(
        "--at-most",
        type=float,
        metavar="SHARE",
        help="with --calibrated: keep the most sensitive matrices at 8 bits, as many as fit this "
        "share of the bf16 size, such as 0.3",
    )
    parser.add_argument(
        "--measure", action="store_true", help="perplexity on this project's code, before and after"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def quantize_model(name: str, order: Order, out: Path) -> dict[str, object]:
    """Writes the folder and returns what the report holds.

    Raises:
        LeadsmanError: no such model, a shape that cannot be packed, no room, or no such folder.
    """
    folder = ensure_converted(Store().find(name))
    dense = open_weights(folder)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = Tokenizer.load(folder)
    one = is_one_matrix(dense)
    try:
        packed, wide = _packed(dense, order, tokenizer, device, one=one)
    except ValueError as error:
        raise LeadsmanError(f"{name}'s weights are damaged: {error}") from error
    kept = None
    if one and order.recipe is not None:
        kept = kept_rows(packed.embed, tokenizer)
        packed = replace(packed, embed=kept.put_into(embedding_of(packed.head)))
    _make_room(out, packed.n_bytes + (0 if kept else packed.embed.numel() * 2))
    tokenizer.save(out)
    size = write_packed(packed, out / PACKED_NAME, kept)
    plain_bytes = dense.n_bytes - (dense.head.numel() * 2 if one and not _tied(dense) else 0)
    report: dict[str, object] = {
        "model": name,
        "to": order.packer.kind,
        "group_size": order.packer.group_size,
        "recipe": None if order.recipe is None else order.recipe.as_json(),
        "wide": sorted(wide),
        "bytes": size,
        "converted_bytes": dense.n_bytes,
        "bf16_bytes": plain_bytes,
        "share": size / plain_bytes,
        # Scaled columns are other numbers on purpose, so there is nothing to compare them with.
        "matrices": []
        if order.recipe is not None and order.recipe.scaled
        else list(matrix_errors(dense, packed)),
    }
    if order.measure:
        text = measured_ids(tokenizer, _MEASURED_SEQUENCES)
        source = as_float32(dense, device)
        ours = measure_quality(dense_of(packed), text, source)
        report["quality"] = {
            "source_perplexity": measure_quality(source, text).perplexity,
            **asdict(ours),
        }
    return report


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


def _as_json(report: dict[str, object]) -> str:
    matrices = report["matrices"]
    assert isinstance(matrices, list)
    return json.dumps(report | {"matrices": [asdict(matrix) for matrix in matrices]}) + "\n"


def _as_text(report: dict[str, object]) -> str:
    matrices = report["matrices"]
    assert isinstance(matrices, list)
    lines = [
        f"{report['model']} to {report['to']}: {report['bytes']:,} bytes, "
        f"{report['share']:.1%} of {report['bf16_bytes']:,} in bf16"
    ]
    if matrices:
        worst: list[MatrixError] = sorted(matrices, key=lambda m: -m.relative_error)[:5]
        mean = sum(matrix.relative_error for matrix in matrices) / len(matrices)
        lines.append(f"relative error of the matrices: {mean:.4f} on average; the largest:")
        lines += [
            f"  {matrix.name:<20} {matrix.relative_error:.4f} at {matrix.bits_per_weight:.2f} bits"
            for matrix in worst
        ]
    quality = report.get("quality")
    if isinstance(quality, dict):
        lines.append(
            f"perplexity of real code: {quality['perplexity']:.3f}, of the source "
            f"{quality['source_perplexity']:.3f}; the same next token in {quality['agreement']:.1%}"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
