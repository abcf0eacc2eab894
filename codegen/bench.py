"""Times decoding on the GPU: `python -m codegen.bench [--models 6.7b:int4 ...] [--json FILE]`.

The weights are random and of the models' real shapes: speed does not depend on their values. The
prompt's time is the host's, from token ids to the first token; a step's is the device's. Peers are
timed on the first model's shapes, after ours and on the same device. With `--device cpu` first, it
is `codegen.bench_cpu` that measures.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from dataclasses import asdict
from pathlib import Path

import torch

from codegen import bench_cpu
from codegen.errors import LeadsmanError
from codegen.gpu.measure import Measurement, measure_fusion, measure_model, shapes
from codegen.gpu.packed_weights import FORMATS, Format
from codegen.gpu.peers import PEERS, measure_peer
from codegen.gpu.random_weights import random_weights

DEFAULT_MODELS = ("6.7b:int4", "6.7b:int8", "6.7b:bf16", "1.5b:int4", "0.5b:int8")


def main(arguments: list[str] | None = None) -> int:
    """Runs all of it, prints a table and writes the numbers to a file if asked to."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:2] == ["--device", "cpu"]:
        return bench_cpu.main(arguments[2:])
    parser = argparse.ArgumentParser(prog="python -m codegen.bench", description=__doc__)
    parser.add_argument("--models", nargs="+", default=DEFAULT_MODELS, metavar="SHAPES:FORMAT")
    parser.add_argument(
        "--peer",
        nargs="+",
        default=[],
        choices=sorted(PEERS),
        metavar="NAME",
        help=f"time these beside ours: {', '.join(sorted(PEERS))}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers there")
    options = parser.parse_args(arguments)
    try:
        cases = [_case(text) for text in options.models]
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if not torch.cuda.is_available():
        sys.stderr.write("codegen.bench needs a CUDA device, and torch sees none\n")
        return 1
    device = torch.cuda.get_device_name()
    print(f"{device}, torch {torch.__version__}, random weights of real shapes")
    found: list[Measurement] = []

    def note(measured: list[Measurement]) -> None:
        for measurement in measured:
            print(f"{measurement.name:<64}{measurement.value:10.2f} {measurement.unit}", flush=True)
        found.extend(measured)
        if options.json is not None:
            report = {"device": device, "measurements": [asdict(each) for each in found]}
            options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        gc.collect()
        torch.cuda.empty_cache()

    for name, kind in cases:
        note(_measured(name, kind))
    first, _ = cases[0]
    for peer in options.peer:
        try:
            note(measure_peer(peer, first, shapes(first)))
        except LeadsmanError as error:
            sys.stderr.write(f"{error}\n")
            return 2
    return 0


def _measured(name: str, kind: Format) -> list[Measurement]:
    weights = random_weights(shapes(name), kind, torch.device("cuda"))
    measured = measure_model(name, kind, weights)
    return measured + measure_fusion(name, weights) if kind == "int4" else measured


def _case(text: str) -> tuple[str, Format]:
    name, _, kind = text.partition(":")
    if kind not in FORMATS:
        raise ValueError(f"{text!r} names no format; write SHAPES:{'|'.join(FORMATS)}")
    shapes(name)
    return name, kind


if __name__ == "__main__":
    sys.exit(main())
