"""Compiles the C library with whatever C compiler there is: `python -m kernels.cpu.build`.

One library serves all machines of an architecture: each instruction set has a file of its own,
compiled for it alone, and `native/dispatch.c` asks the processor which it may run. Nothing is
compiled for the machine that compiles.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
LIBRARY = FOLDER / "libleadsman.so"
# Contraction would let one sum be rounded in two ways, by what stands around it.
_FLAGS = ("-O3", "-std=gnu11", "-fPIC", "-ffp-contract=off", "-fno-math-errno", "-pthread")
_COMMON = ("plain", "dispatch", "pool", "step", "step_memory", "attention")
_X86: dict[str, tuple[str, ...]] = {
    "avx2": ("-mavx2", "-mfma"),
    "avx_vnni": ("-mavx2", "-mfma", "-mavxvnni"),
    "avx512_vnni": (
        "-mavx512f",
        "-mavx512bw",
        "-mavx512vl",
        "-mavx512dq",
        "-mavx512vnni",
        "-mfma",
    ),
}
_ARM: dict[str, tuple[str, ...]] = {"neon_dotprod": ("-march=armv8.2-a+dotprod",)}


class CannotCompile(Exception):
    """There is no C compiler, or it refused; the message says which and what to install."""


def sources(machine: str) -> dict[str, tuple[str, ...]]:
    """The files of the library for an architecture, each with flags of its own.

    Raises:
        CannotCompile: no kernels are written for it.
    """
    special = {"x86_64": _X86, "amd64": _X86, "aarch64": _ARM, "arm64": _ARM}.get(machine.lower())
    if special is None:
        raise CannotCompile(f"no kernels are written for {machine}")
    files: dict[str, tuple[str, ...]] = dict.fromkeys(_COMMON, ())
    return files | special


def digest() -> str:
    """Names the sources, so that a library of other ones is not taken for theirs."""
    found = hashlib.sha256()
    for path in sorted((FOLDER / "native").iterdir()):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def compiler() -> list[str]:
    """The C compiler: $CC, Python's own, or one of the usual names.

    Raises:
        CannotCompile: there is none.
    """
    asked = shlex.split(os.environ.get("CC", "") or sysconfig.get_config_var("CC") or "")
    for command in (asked, ["cc"], ["gcc"], ["clang"]):
        if command and shutil.which(command[0]):
            return command
    raise CannotCompile("there is no C compiler; install gcc or clang and install Leadsman again")


def build(target: Path = LIBRARY) -> Path:
    """Compiles the library and renames it into place, so that nobody ever maps a half of it.

    Raises:
        CannotCompile: without a compiler, where it fails, or where nothing can be written.
    """
    try:
        return _built(target)
    except OSError as error:
        raise CannotCompile(f"the int8 kernels cannot be written: {error}") from error


def _built(target: Path) -> Path:
    files = sources(platform.machine())
    command = compiler()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as scratch:
        objects = []
        for name, flags in files.items():
            made = Path(scratch) / f"{name}.o"
            defined = f'-DLM_SOURCES="{digest()}"'
            source = str(FOLDER / "native" / f"{name}.c")
            _run([*command, *_FLAGS, *flags, defined, "-c", source], made)
            objects.append(str(made))
        library = Path(scratch) / target.name
        _run([*command, "-shared", "-pthread", *objects, "-lm"], library)
        library.replace(target)
    return target


def _run(command: list[str], made: Path) -> None:
    done = subprocess.run([*command, "-o", str(made)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        complaint = next(iter(done.stderr.strip().splitlines()), f"exit code {done.returncode}")
        raise CannotCompile(f"{command[0]} failed on {made.name}: {complaint}")


def main() -> int:
    """Compiles in place and says where; 2 where that cannot be."""
    try:
        sys.stdout.write(f"{build()}\n")
    except CannotCompile as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
