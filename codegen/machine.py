"""What this machine has, and which path each operation would take on it."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_PACKAGES = (
    "torch",
    "pygls",
    "tokenizers",
    "safetensors",
    "gguf",
    "huggingface-hub",
    "triton",
    "transformers",
    "accelerate",
    "bitsandbytes",
)


@dataclass(frozen=True, slots=True)
class Machine:
    """A snapshot for `leadsman doctor`; memory and disk in bytes, None where unknown.

    int8_kernels names the instruction set whose kernels decode here, None where none were compiled.
    """

    system: str
    python: str
    packages: dict[str, str | None]
    cores: int
    memory_bytes: int | None
    available_bytes: int | None
    instruction_sets: tuple[str, ...]
    int8_kernels: str | None
    matmul_threads: int
    gpu: str | None
    paths: dict[str, str]
    disk_free_bytes: int


def describe_machine(store_root: Path) -> Machine:
    """Looks at the machine; imports torch, opens no network connection.

    Args:
        store_root: where models are kept; its nearest existing parent tells the free disk space.
    """
    import torch

    from kernels import ops

    existing = next(p for p in (store_root, *store_root.parents) if p.exists())
    memory, available = _memory_bytes()
    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else None
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        packages={name: _version(name) for name in _PACKAGES},
        cores=len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1,
        memory_bytes=memory,
        available_bytes=available,
        instruction_sets=_instruction_sets(),
        int8_kernels=ops.int8_kernels(),
        matmul_threads=torch.get_num_threads(),
        gpu=gpu,
        paths=ops.paths("cpu" if gpu is None else "cuda"),
        disk_free_bytes=shutil.disk_usage(existing).free,
    )


def bf16_is_native(instruction_sets: tuple[str, ...]) -> bool:
    """Whether bf16 matmuls run in hardware; without it they are an order of magnitude slower."""
    return bool({"amx_bf16", "avx512_bf16", "bf16"} & set(instruction_sets))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _instruction_sets() -> tuple[str, ...]:
    """The vector instruction sets that matter for matmuls, as the kernel reports them."""
    x86 = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")
    arm = ("asimddp", "i8mm", "bf16", "sve")
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    lines = [line for line in text.splitlines() if line.lower().startswith(("flags", "features"))]
    flags = set(lines[0].split(":", 1)[1].split()) if lines else set()
    return tuple(name for name in (*x86, *arm) if name in flags)


def _memory_bytes() -> tuple[int | None, int | None]:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None, None
    kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    total, available = kib.get("MemTotal"), kib.get("MemAvailable")
    return total and total * 1024, available and available * 1024
