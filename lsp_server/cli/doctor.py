"""`leadsman doctor`: what this machine can do, which path each operation takes, what to fix."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from codegen.machine import Machine
    from codegen.store.model import StoredModel

_MIN_FREE_BYTES = 2 << 30
_MIN_MEMORY_BYTES = 3 << 30


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of the report: what was looked at, how it is, and what to do about it."""

    level: Literal["ok", "note", "problem"]
    what: str
    remedy: str = ""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the command."""
    parser = subparsers.add_parser("doctor", help="what this machine can do, and what to fix")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def run(args: argparse.Namespace) -> int:
    """Prints the report; 0 when completions can work here, 1 when something must be fixed."""
    from codegen.machine import describe_machine
    from codegen.store.store import Store

    store = Store()
    machine = describe_machine(store.root)
    installed = store.installed()
    verdicts = examine(machine, installed)
    if args.json:
        report = {
            "machine": asdict(machine),
            "store": str(store.root),
            "models": [model.name for model in installed],
            "verdicts": [asdict(verdict) for verdict in verdicts],
        }
        print(json.dumps(report, indent=1))
    else:
        _print_text(machine, verdicts, str(store.root))
    return 1 if any(verdict.level == "problem" for verdict in verdicts) else 0


def examine(machine: Machine, installed: list[StoredModel]) -> list[Verdict]:
    """Judges the snapshot; pure, so that every verdict has a test."""
    from codegen.machine import bf16_is_native

    verdicts = [
        Verdict("ok", "models: " + ", ".join(model.name for model in installed))
        if installed
        else Verdict("problem", "no model", "run `leadsman model pull qwen2.5-coder-0.5b`")
    ]
    if bf16_is_native(machine.instruction_sets):
        verdicts.append(Verdict("ok", "bf16 matmuls run in hardware"))
    elif machine.gpu is None:
        verdicts.append(
            Verdict("note", "bf16 matmuls are emulated on this CPU", "expect slow completions")
        )
    if machine.gpu is not None:
        verdicts.append(
            Verdict("note", f"the GPU {machine.gpu} is not used yet", "the CPU path answers")
        )
    if machine.available_bytes is not None and machine.available_bytes < _MIN_MEMORY_BYTES:
        verdicts.append(
            Verdict(
                "note",
                f"{machine.available_bytes / 1e9:.1f} GB of memory are available, the 0.5B model "
                "uses up to 2 GB",
                "close something large before starting the server",
            )
        )
    if machine.disk_free_bytes < _MIN_FREE_BYTES and not installed:
        verdicts.append(
            Verdict(
                "problem",
                f"{machine.disk_free_bytes / 1e9:.1f} GB of disk are free, the default model "
                "needs 2 GB",
                "make room, or set LEADSMAN_HOME to another disk",
            )
        )
    return verdicts


def _print_text(machine: Machine, verdicts: list[Verdict], store: str) -> None:
    memory = "unknown" if machine.memory_bytes is None else f"{machine.memory_bytes / 1e9:.1f} GB"
    print(f"{machine.system}, Python {machine.python}, {machine.cores} cores, {memory} of memory")
    print("instruction sets: " + (" ".join(machine.instruction_sets) or "unknown"))
    print(f"GPU: {machine.gpu or 'none'}; matmul threads: {machine.matmul_threads}")
    print("packages: " + ", ".join(f"{n} {v}" for n, v in machine.packages.items() if v))
    print(f"store: {store}, {machine.disk_free_bytes / 1e9:.1f} GB free")
    print("operations:")
    for name, path in machine.paths.items():
        print(f"  {name:<14} {path}")
    for verdict in verdicts:
        remedy = f"; {verdict.remedy}" if verdict.remedy else ""
        print(f"{verdict.level}: {verdict.what}{remedy}")
