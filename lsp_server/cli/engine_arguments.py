"""The options that say where a model runs and on whose code, shared by `serve` and `complete`."""

from __future__ import annotations

import argparse

from codegen.choice import BACKENDS, CACHE_FORMATS, DEVICES, CacheChoice, EngineChoice


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
    parser.add_argument(
        "--kv-cache",
        choices=CACHE_FORMATS,
        default="float16",
        help="how a GPU keeps keys and values: 8 bits hold twice the context (default: float16)",
    )
    parser.add_argument(
        "--kv-pages",
        action="store_true",
        help="on a GPU: keep them in pages that requests with the same beginning share",
    )


def choice_of(args: argparse.Namespace) -> EngineChoice:
    """What was asked for."""
    cache = CacheChoice(args.kv_cache, args.kv_pages)
    return EngineChoice(args.device, args.backend, args.load_in_4bit, cache)
