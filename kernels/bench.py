"""Times the GPU kernels beside the vendor's: `python -m kernels.bench [--json FILE]`.

Every call is timed inside a CUDA graph that runs through enough copies of its weights or cache
that none of them is still in L2 when its turn comes again. The limit of a shape is its bytes at
the bandwidth of a large copy, measured in the same run, bytes read and written both counted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  The name the field uses.

from kernels.packing import Int4Weight
from kernels.packing8 import Int8Weight
from kernels.quantized_reference import PackedWeight

Operand = TypeVar("Operand")

GROUP_SIZE = 128
ROWS = (1, 2, 4, 8, 16, 32, 64)
WEIGHTS = ((4096, 4096), (12288, 4096), (22016, 4096), (4096, 11008), (32256, 4096))
CACHES = ((32, 32, 640), (32, 32, 4096), (32, 32, 16384), (28, 4, 16384), (32, 8, 32768))
HEAD_DIM = 128
# Several times the 60 MB of L2 of an H200, so that a copy is gone before it is read again.
ROTATED_BYTES = 480_000_000
N_REPLAYS = 20


@dataclass(frozen=True, slots=True)
class Timing:
    """One operation at one size: ours, the limit, and what others take, in microseconds."""

    name: str
    limit_us: float
    ours_us: float
    others_us: dict[str, float]
    n_bytes: int

    @property
    def share(self) -> float:
        """The part of the copy bandwidth that ours reaches."""
        return self.limit_us / self.ours_us

    def line(self) -> str:
        """One row of the printed table."""
        others = "  ".join(f"{name} {time:.1f}" for name, time in self.others_us.items())
        rate = self.n_bytes / self.ours_us / 1e3
        return (
            f"{self.name:<28}{self.ours_us:8.2f} us {rate:7.0f} GB/s {self.share:5.0%} of "
            f"{self.limit_us:.2f} us   {others}"
        )


def copies_for(n_bytes: int) -> int:
    """How many copies of an operand to rotate over, so that L2 serves none of them."""
    return max(3, min(64, -(-ROTATED_BYTES // n_bytes)))


def copy_bandwidth() -> float:
    """Bytes per microsecond of a large copy on the device, read and written."""
    source = torch.randint(0, 255, (4 << 30,), dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    times: list[float] = []
    # Not in a graph: as one of its nodes this copy runs at two thirds of the speed.
    for _ in range(8):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        start.record()
        target.copy_(source)
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end) * 1e3)
    return 2 * source.numel() / sorted(times)[len(times) // 2]


def time_us(call: Callable[[Operand], object], operands: Sequence[Operand]) -> float:
    """The median time of one call, out of a graph that makes one call per operand."""
    for operand in operands:
        call(operand)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for operand in operands:
            call(operand)
    graph.replay()
    times: list[float] = []
    for _ in range(N_REPLAYS):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        start.record()
        graph.replay()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end) * 1e3 / len(operands))
    return sorted(times)[N_REPLAYS // 2]


def random_weight(N: int, K: int, bits: int = 4) -> PackedWeight:
    """A packed weight of random codes: its speed does not depend on what they are."""
    tiles, groups = N // 16, K // GROUP_SIZE
    planes = (2,) if bits == 8 else ()
    shape = (tiles, groups, *planes, 2, 8, 4, 4)
    words = torch.randint(-(2**31), 2**31 - 1, shape, dtype=torch.int32, device="cuda")
    n_scales = 1 if bits == 8 else groups
    scales = torch.rand(tiles, n_scales, 8, 2, device="cuda").mul(0.01).bfloat16()
    if bits == 8:
        return Int8Weight(words, scales, N, K, GROUP_SIZE)
    return Int4Weight(words, scales, None, N, K, GROUP_SIZE)


def bench_int8_linear(N: int, K: int, bandwidth: float) -> Iterator[Timing]:
    """The 8-bit matmul; its vendor's equal is bf16, which `bench_int4_linear` times."""
    from kernels.gpu.packed_matmul import packed_linear

    first = random_weight(N, K, 8)
    ours = [replace(first, words=first.words.clone()) for _ in range(copies_for(N * K))]
    for M in ROWS:
        x = torch.randn(M, K, dtype=torch.float16, device="cuda")
        yield Timing(
            name=f"int8 {N} x {K}, M {M}",
            limit_us=first.n_bytes / bandwidth,
            ours_us=time_us(partial(packed_linear, x), ours),
            others_us={},
            n_bytes=first.n_bytes,
        )


def bench_int4_linear(N: int, K: int, bandwidth: float) -> Iterator[Timing]:
    """The 4-bit matmul beside bf16 through cuBLAS and torch's own 4-bit matmul (tinygemm)."""
    from kernels.gpu.packed_matmul import packed_linear

    n_copies = copies_for(N * K // 2)
    first = random_weight(N, K)
    ours = [replace(first, words=first.words.clone()) for _ in range(n_copies)]
    dense = [
        torch.randn(N, K, dtype=torch.bfloat16, device="cuda") for _ in range(copies_for(2 * N * K))
    ]
    codes = torch.randint(0, 255, (N, K // 2), dtype=torch.uint8, device="cuda")
    tiny = [torch._convert_weight_to_int4pack(codes, 8) for _ in range(n_copies)]
    tiny_scales = torch.rand(K // GROUP_SIZE, N, 2, dtype=torch.bfloat16, device="cuda")
    for M in ROWS:
        x = torch.randn(M, K, dtype=torch.bfloat16, device="cuda")
        yield Timing(
            name=f"int4 {N} x {K}, M {M}",
            limit_us=first.n_bytes / bandwidth,
            ours_us=time_us(partial(packed_linear, x.half()), ours),
            others_us={
                "cuBLAS bf16": time_us(partial(F.linear, x), dense),
                "tinygemm": time_us(partial(_tinygemm, x, tiny_scales), tiny),
            },
            n_bytes=first.n_bytes,
        )


def bench_decode_attention(H: int, G: int, S: int, bandwidth: float) -> Timing:
    """Attention of one token, with the length on the device, beside torch's attention."""
    n_bytes = 2 * G * S * HEAD_DIM * 2
    query = torch.randn(1, H, HEAD_DIM, dtype=torch.bfloat16, device="cuda")
    length = torch.tensor([S], device="cuda")
    caches = [
        torch.randn(2, G, S, HEAD_DIM, dtype=torch.bfloat16, device="cuda")
        for _ in range(copies_for(n_bytes))
    ]
    return Timing(
        name=f"attention {H}/{G}, {S} keys",
        limit_us=n_bytes / bandwidth,
        ours_us=time_us(partial(_our_attention, query, length), caches),
        others_us={"SDPA": time_us(partial(_torch_attention, query), caches)},
        n_bytes=n_bytes,
    )


def _tinygemm(x: Tensor, scales: Tensor, weight: Tensor) -> Tensor:
    return torch._weight_int4pack_mm(x, weight, GROUP_SIZE, scales)


def _our_attention(query: Tensor, length: Tensor, cache: Tensor) -> Tensor:
    from kernels.gpu.decode_attention import decode_attention

    return decode_attention(query, cache[0], cache[1], length)


def _torch_attention(query: Tensor, cache: Tensor) -> Tensor:
    keys, values = cache[:, None]
    heads = query.transpose(0, 1)[None]  # [1, H, 1, D]
    grouped = heads.shape[1] != keys.shape[1]
    return F.scaled_dot_product_attention(heads, keys, values, enable_gqa=grouped)


def main(arguments: list[str] | None = None) -> int:
    """Runs all of it, prints a table and writes the numbers to a file if asked to."""
    parser = argparse.ArgumentParser(prog="python -m kernels.bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers there")
    options = parser.parse_args(arguments)
    if not torch.cuda.is_available():
        sys.stderr.write("kernels.bench needs a CUDA device, and torch sees none\n")
        return 1
    with torch.inference_mode():
        bandwidth = copy_bandwidth()
        device = torch.cuda.get_device_name()
        sys.stdout.write(
            f"{device}: copies {bandwidth / 1e3:.0f} GB/s, torch {torch.__version__}\n"
        )
        timings: list[Timing] = []
        for N, K in WEIGHTS:
            timings += bench_int4_linear(N, K, bandwidth)
            timings += bench_int8_linear(N, K, bandwidth)
        for H, G, S in CACHES:
            timings.append(bench_decode_attention(H, G, S, bandwidth))
    for timing in timings:
        sys.stdout.write(timing.line() + "\n")
    if options.json is not None:
        report = {
            "device": device,
            "torch": torch.__version__,
            "copy_gb_s": bandwidth / 1e3,
            "timings": [asdict(timing) | {"share": timing.share} for timing in timings],
        }
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
