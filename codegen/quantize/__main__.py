"""Quantises a stored model: `python -m codegen.quantize MODEL --to int4 --out DIR`.

Reads the model from the store, converting it first if need be, and writes packed weights and the
tokenizer to a folder that `open_packed_engine` takes. Reports size and error per matrix, and with
--measure the perplexity of real code before and after. NF4 goes to a folder for transformers.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from codegen.errors import LeadsmanError
from codegen.gpu.packed_weights import DEFAULT_GROUP_SIZE, Packer
from codegen.quantize.making import quantize_model, write_nf4
from codegen.quantize.recipe import MATRICES, Order, Recipe
from codegen.quantize.report import MatrixError
from kernels.packing import GROUP_SIZES


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
            "int4" if options.to == "nf4" else options.to,
            options.group,
            symmetric=not options.zero_points,
        ),
        recipe=recipe,
        wide_kinds=frozenset(options.wide),
        at_most=options.at_most,
        n_tuning_steps=options.tune,
        own_texts=options.own_texts,
        measure=options.measure,
    )
    try:
        _check(options)
        if options.to == "nf4":
            report = write_nf4(options.model, options.out)
        else:
            report = quantize_model(options.model, order, options.out, _note)
    except LeadsmanError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(_as_json(report) if options.json else _as_text(report))
    return 0


def _note(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _check(options: argparse.Namespace) -> None:
    if options.to != "int4" and (options.calibrated or options.zero_points):
        raise LeadsmanError("--calibrated and --zero-points are for --to int4; leave them out")
    if options.tune < 0:
        raise LeadsmanError(f"--tune takes a number of steps, not {options.tune}")
    if not options.calibrated and (options.wide or options.tune):
        raise LeadsmanError("--wide and --tune go with --calibrated; add it")
    if options.own_texts and not options.tune:
        raise LeadsmanError("--own-texts goes with --tune; add it")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m codegen.quantize", description=__doc__)
    parser.add_argument("model", help="a model of the store")
    parser.add_argument(
        "--to",
        choices=("int4", "int8", "bf16", "nf4"),
        required=True,
        help="bits a weight; bf16 rounds nothing, to compare with; nf4 writes a folder that "
        "transformers and bitsandbytes load",
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
        "--tune",
        type=int,
        default=0,
        metavar="STEPS",
        help="with --calibrated: then move all scales and norms together, so many times, towards "
        "the source's predictions; a step takes a minute on a CPU, a third of a second on a GPU",
    )
    parser.add_argument(
        "--own-texts",
        action="store_true",
        help="with --tune: half of the texts are what the source writes itself, asked for functions"
        " of the standard library; on a GPU",
    )
    parser.add_argument(
        "--measure", action="store_true", help="perplexity on this project's code, before and after"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


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
    if "step_bytes" in report:
        lines.append(f"a step reads {report['step_bytes']:,} bytes, {report['step_share']:.1%}")
    blocks = report.get("blocks")
    if isinstance(blocks, list) and blocks:
        kinds = ", ".join(
            f"{block['kind']} {block['n_weights']:,} weights {block['relative_error']:.4f}"
            for block in blocks
        )
        lines.append(f"blocks of the GGUF, with what bf16 takes away: {kinds}")
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
