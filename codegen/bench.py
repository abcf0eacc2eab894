"""Times decoding on the GPU: `python -m codegen.bench [--models 6.7b:int4 ...] [--json FILE]`.

The weights are random and of the models' real shapes: speed does not depend on their values. The
prompt's time is the host's, from token ids to the first token; a step's is the device's. With
`--device cpu` first, it is `codegen.bench_cpu` that measures.
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
from codegen.gpu.measure import Measurement, measure_fusion, measure_model, shapes
from codegen.gpu.packed_weights import FORMATS, Format
from codegen.gpu.random_weights import random_weights

DEFAULT_MODELS = ("6.7b:int4", "6.7b:int8", "6.7b:bf16", "1.5b:int4", "0.5b:int8")


def main(arguments: list[str] | None = None) -> int:
    """Runs all of it, prints a table and writes the numbers to a file if asked to."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:2] == ["--device", "cpu"]:
        return bench_cpu.main(arguments[2:])
    parser = argparse.ArgumentParser(prog="python -m codegen.bench", description=__doc__)
    parser.add_argument("--models", nargs="+", default=DEFAULT_MODELS, metavar="SHAPES:FORMAT")
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
    for name, kind in cases:
        weights = random_weights(shapes(name), kind, torch.device("cuda"))
        measured = measure_model(name, kind, weights)
        if kind == "int4":
            measured += measure_fusion(name, weights)
        for measurement in measured:
            print(f"{measurement.name:<52}{measurement.value:10.2f} {measurement.unit}")
        found += measured
        if options.json is not None:
            report = {"device": device, "measurements": [asdict(each) for each in found]}
            options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        del weights
        gc.collect()
        torch.cuda.empty_cache()
    return 0


def _case(text: str) -> tuple[str, Format]:
    name, _, kind = text.partition(":")
    if kind not in FORMATS:
        raise ValueError(f"{text!r} names no format; write SHAPES:{'|'.join(FORMATS)}")
    shapes(name)
    return name, kind


if __name__ == "__main__":
    sys.exit(main())
