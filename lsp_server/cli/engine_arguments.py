"""The options that say where a model runs and on whose code, shared by `serve` and `complete`."""

from __future__ import annotations

import argparse

from codegen.choice import BACKENDS, DEVICES, EngineChoice


def add_engine_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares them."""
    parser.add_argument(
        "--device",
        choices=DEVICES,
        default="auto",
        help="auto is the GPU where there is one (default)",
    )
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default="leadsman",
        help="transformers runs any causal model in a folder of safetensors, slower",
    )
    parser.add_argument(
        "--load-in-4bit",
        action="store_true",
        help="with --backend transformers: quantise to NF4 with bitsandbytes while loading",
    )


def choice_of(args: argparse.Namespace) -> EngineChoice:
    """What was asked for."""
    return EngineChoice(args.device, args.backend, args.load_in_4bit)
