"""`leadsman doctor`: what this machine can do, which path each operation takes, what to fix."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from codegen.errors import StoreError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from codegen.machine import Machine
    from codegen.store.store import Store
    from lsp_server.analysis.analyzers import EngineState

_MIN_FREE_BYTES = 2 << 30
_MIN_MEMORY_BYTES = 3 << 30


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of the report: what was looked at, how it is, and what to do about it."""

    level: Literal["ok", "note", "problem"]
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class ModelState:
    """Whether a model that was pulled can answer here, and what keeps it from that."""

    name: str
    is_default: bool = False
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class StoreState:
    """What is in the store; `why_not` says why nothing can be pulled into it."""

    models: tuple[ModelState, ...] = ()
    why_not: str | None = None


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
    state = look_into(store)
    verdicts = [
        *examine(machine, state),
        examine_reuse(machine),
        examine_transformers(machine),
        examine_sandbox(),
        *examine_analyzers(),
    ]
    if args.json:
        report = {
            "machine": asdict(machine),
            "store": str(store.root),
            "models": [asdict(model) for model in state.models],
            "verdicts": [asdict(verdict) for verdict in verdicts],
        }
        print(json.dumps(report, indent=1))
    else:
        _print_text(machine, verdicts, str(store.root))
    return 1 if any(verdict.level == "problem" for verdict in verdicts) else 0


def look_into(store: Store) -> StoreState:
    """Asks of every model what `leadsman complete` would ask, and writes nothing."""
    from codegen.loading.readiness import obstacle
    from codegen.store.disk import require_writable

    models = [ModelState(name, why_not=line) for name, line in store.damaged().items()]
    installed = store.installed()
    default = store.default().name if installed else None
    for model in installed:
        error = obstacle(model)
        why_not = None if error is None else str(error)
        models.append(ModelState(model.name, model.name == default, why_not))
    why_not = None
    try:
        require_writable(store.root)
    except StoreError as error:
        why_not = str(error)
    return StoreState(tuple(sorted(models, key=lambda model: model.name)), why_not)


def examine(machine: Machine, store: StoreState) -> list[Verdict]:
    """Judges the snapshot; pure, so that every verdict has a test."""
    verdicts = _examine_models(store)
    if machine.gpu is None:
        verdicts.append(_examine_cpu(machine))
    else:
        verdicts.append(_examine_gpu(machine, machine.gpu))
    if machine.available_bytes is not None and machine.available_bytes < _MIN_MEMORY_BYTES:
        verdicts.append(
            Verdict(
                "note",
                f"{machine.available_bytes / 1e9:.1f} GB of memory are available, the 0.5B model "
                "uses up to 1 GB",
                "close something large before starting the server",
            )
        )
    if machine.disk_free_bytes < _MIN_FREE_BYTES and not store.models:
        verdicts.append(
            Verdict(
                "problem",
                f"{machine.disk_free_bytes / 1e9:.1f} GB of disk are free, the default model "
                "needs 2 GB",
                "make room, or set LEADSMAN_HOME to another disk",
            )
        )
    return verdicts


def _examine_cpu(machine: Machine) -> Verdict:
    from codegen.machine import bf16_is_native

    if machine.int8_kernels is not None:
        what = f"completions run in int8 on the CPU, by the kernels {machine.int8_kernels}"
        if machine.int8_kernels == "plain":
            return Verdict("note", what, "no faster ones fit this processor; expect to wait")
        return Verdict("ok", what)
    speed = "" if bf16_is_native(machine.instruction_sets) else ", emulated and slow"
    return Verdict(
        "note",
        f"the int8 kernels are not compiled, so bf16 answers{speed}",
        "install a C compiler (gcc or clang), then run `python -m kernels.cpu.build`",
    )


def _examine_gpu(machine: Machine, gpu: str) -> Verdict:
    if machine.packages.get("triton") is None:
        remedy = "install leadsman[gpu]; until then the CPU path answers"
        return Verdict("note", f"the GPU {gpu} is not used without Triton", remedy)
    otherwise = "--device cpu or the setting device says otherwise"
    return Verdict("ok", f"completions run on the GPU {gpu}, unless {otherwise}")


def examine_reuse(machine: Machine) -> Verdict:
    """How much a server may keep of what it read."""
    from codegen.reuse.limit import most_kept_bytes
    from lsp_server.completion.query import CompletionOptions

    n_bytes = most_kept_bytes(CompletionOptions().cache_mb, machine.memory_bytes)
    told = "the request leadsman/status tells what a server holds"
    return Verdict("ok", f"up to {n_bytes >> 20} MB keep prompts that were read; {told}")


def examine_transformers(machine: Machine) -> Verdict:
    """What `--backend transformers` could do here, and that it is the slow way."""
    what = "--backend transformers, slower than our own, for models that we do not run"
    lacking = [
        name
        for name in ("transformers", "accelerate", "bitsandbytes")
        if machine.packages.get(name) is None
    ]
    if not lacking:
        return Verdict("ok", f"{what}: ready, --load-in-4bit too")
    return Verdict("ok", f"{what}: lacks {', '.join(lacking)} (leadsman[transformers])")


def examine_sandbox(without: frozenset[str] = frozenset()) -> Verdict:
    """What confines generated code that is run here, found out by starting the sandbox.

    Args:
        without: mechanisms to do without, for tests.
    """
    from analyzers.sandbox import Sandbox, SandboxError

    try:
        with Sandbox(without=without) as sandbox:
            report = sandbox.report
    except SandboxError as error:
        return Verdict("note", f"generated code cannot be run here: {error}")
    if report.is_weak:
        return Verdict("note", report.line(), "allow user namespaces or a newer kernel")
    return Verdict("ok", report.line())


def examine_analyzers(engines: Sequence[EngineState] | None = None) -> list[Verdict]:
    """Whether each engine that reads code finds what it must find.

    Args:
        engines: their states instead of those that are found out now, for tests.
    """
    if engines is None:
        from lsp_server.analysis.canaries import examine_engines

        engines = examine_engines()
    verdicts = []
    for engine in engines:
        name = f"{engine.name} {engine.version}".rstrip()
        if engine.why_not is None:
            verdicts.append(Verdict("ok", f"analyzer {name} found its canary"))
        else:
            remedy = "without it nothing generated is offered; install leadsman anew"
            verdicts.append(Verdict("problem", f"analyzer {name}: {engine.why_not}", remedy))
    return verdicts


def _examine_models(store: StoreState) -> list[Verdict]:
    runs = [model.name for model in store.models if model.why_not is None]
    verdicts = [Verdict("ok", "models: " + ", ".join(runs))] if runs else []
    for model in store.models:
        if model.why_not is not None:
            # Where another model is the default, this one is missed only by who names it.
            is_missed = model.is_default or not runs
            level: Literal["note", "problem"] = "problem" if is_missed else "note"
            verdicts.append(Verdict(level, f"{model.name} cannot run: {model.why_not}"))
    if store.why_not is not None:
        level = "note" if runs else "problem"
        verdicts.append(Verdict(level, f"no model can be pulled: {store.why_not}"))
    if not store.models:
        first = "then " if store.why_not else ""
        remedy = f"{first}run `leadsman model pull qwen2.5-coder-0.5b`"
        verdicts.append(Verdict("problem", "no model", remedy))
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
