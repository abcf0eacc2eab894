"""Quantises a stored model: `python -m codegen.quantize MODEL --to int4 --out DIR`.

Reads the model from the store, converting it first if need be, and writes packed weights and the
tokenizer to a folder that `open_engine` takes in its place. Reports size and error per matrix.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import torch

from codegen.errors import DiskFull, LeadsmanError
from codegen.gpu.packed_weights import DEFAULT_GROUP_SIZE, Packer, pack_weights
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import open_weights
from codegen.quantize.packed_file import PACKED_NAME, write_packed
from codegen.quantize.report import MatrixError, matrix_errors
from codegen.store.store import Store
from codegen.tokenizer import Tokenizer
from kernels.packing import GROUP_SIZES

_DISK_MARGIN_BYTES = 64 << 20


def main(arguments: list[str] | None = None) -> int:
    """Quantises and reports; 2 says why it could not, in one line."""
    parser = argparse.ArgumentParser(prog="python -m codegen.quantize", description=__doc__)
    parser.add_argument("model", help="a model of the store")
    parser.add_argument("--to", choices=("int4", "int8"), required=True, help="bits a weight")
    parser.add_argument("--group", type=int, choices=GROUP_SIZES, default=DEFAULT_GROUP_SIZE)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    try:
        report = quantize_model(options.model, Packer(options.to, options.group), options.out)
    except LeadsmanError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(_as_json(report) if options.json else _as_text(report))
    return 0


def quantize_model(name: str, packer: Packer, out: Path) -> dict[str, object]:
    """Writes the folder and returns what the report holds.

    Raises:
        LeadsmanError: no such model, a shape that cannot be packed, no room, or no such folder.
    """
    folder = ensure_converted(Store().find(name))
    dense = open_weights(folder)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        packed = pack_weights(dense, packer, device)
    except ValueError as error:
        raise LeadsmanError(f"{name}'s weights are damaged: {error}") from error
    needed = packed.n_bytes + packed.embed.numel() * 2
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
    Tokenizer.load(folder).save(out)
    size = write_packed(packed, out / PACKED_NAME)
    errors = list(matrix_errors(dense, packed))
    return {
        "model": name,
        "to": packer.kind,
        "group_size": packer.group_size,
        "bytes": size,
        "converted_bytes": dense.n_bytes,
        "share": size / dense.n_bytes,
        "matrices": errors,
    }


def _as_json(report: dict[str, object]) -> str:
    matrices = report["matrices"]
    assert isinstance(matrices, list)
    return json.dumps(report | {"matrices": [asdict(matrix) for matrix in matrices]}) + "\n"


def _as_text(report: dict[str, object]) -> str:
    matrices = report["matrices"]
    assert isinstance(matrices, list)
    worst: list[MatrixError] = sorted(matrices, key=lambda m: -m.relative_error)[:5]
    mean = sum(matrix.relative_error for matrix in matrices) / len(matrices)
    lines = [
        f"{report['model']} to {report['to']}: {report['bytes']:,} bytes, "
        f"{report['share']:.1%} of the converted {report['converted_bytes']:,}",
        f"relative error of the matrices: {mean:.4f} on average; the largest:",
        *(
            f"  {matrix.name:<20} {matrix.relative_error:.4f} at {matrix.bits_per_weight:.2f} bits"
            for matrix in worst
        ),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
