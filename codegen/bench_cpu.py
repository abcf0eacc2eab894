"""Times a model on the CPU, beside its peers in the same run: `python -m codegen.bench_cpu`.

Every engine has a process of its own and they take turns, so that what else the machine does meets
all of them; a ratio is the median over rounds. Weights are the real ones, tokens are any.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from codegen.cpu.contest import Case, Engine, EngineFailed, Result, compete
from codegen.errors import LeadsmanError
from codegen.store.store import Store
from kernels.cpu.threads import physical_cores
from kernels.ops import int8_kernels

PEERS = ("llama.cpp", "openvino")
_SCRIPTS = Path(__file__).parent / "cpu" / "peers"
CASES = (
    *(Case(n) for n in (128, 512, 2048)),
    *(Case(n, 512) for n in (1, 4, 8, 16)),
    *(Case(1, context) for context in (1, 1024, 4096, 8192)),
)
_QUICK = (Case(512), Case(1, 512), Case(8, 512))


def main(arguments: list[str] | None = None) -> int:
    """Measures, prints a table or a document; 2 where an engine cannot be run."""
    options = _options(arguments)
    engines: list[Engine] = []
    try:
        engines += _engines(options)
        for engine in engines:
            engine.open()
        results = []
        for case in _QUICK if options.quick else CASES:
            results.append(compete(engines, case, options.rounds))
            if not options.json:
                sys.stdout.write(_line(results[-1], engines) + "\n")
        document = _document(options.model, engines, results)
    except (EngineFailed, LeadsmanError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        for engine in engines:
            engine.close()
    sys.stdout.write(json.dumps(document, indent=1) + "\n" if options.json else _ends(document))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m codegen.bench_cpu", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b", help="a GGUF model of the store")
    parser.add_argument("--weights", choices=("int8", "bf16"), default="int8", help="of ours")
    parser.add_argument("--peer", action="append", choices=PEERS, default=[])
    parser.add_argument(
        "--peer-python",
        action="append",
        default=[],
        metavar="PATH",
        help="the interpreter that has the peer, one for each --peer in order",
    )
    parser.add_argument("--openvino-model", metavar="FOLDER", help="in OpenVINO's own format")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each case that count")
    parser.add_argument("--threads", type=int, default=physical_cores(), help="of the peers")
    parser.add_argument("--quick", action="store_true", help="only prefill, decode and a draft")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options = parser.parse_args(arguments)
    if len(options.peer) != len(options.peer_python):
        parser.error("name one --peer-python PATH for each --peer")
    if "openvino" in options.peer and not options.openvino_model:
        parser.error("--peer openvino needs --openvino-model FOLDER")
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return options


def _engines(options: argparse.Namespace) -> list[Engine]:
    model = Store().find(options.model)
    ours = [sys.executable, "-m", "codegen.cpu.bench_worker", options.model, options.weights]
    engines = [Engine(ours)]
    for peer, python in zip(options.peer, options.peer_python, strict=True):
        script, what = "llama.py", str(model.path)
        if peer == "openvino":
            script, what = "openvino.py", options.openvino_model
        # -P: a script called openvino.py must not be what `import openvino` finds.
        command = [python, "-P", str(_SCRIPTS / script), what, str(options.threads)]
        engines.append(Engine(command))
    return engines


def _line(result: Result, engines: list[Engine]) -> str:
    case = result.case
    cells = []
    for engine in engines:
        seconds = result.median_s(engine.name)
        if seconds is None:
            cells.append(f"{'-':>16}")
        elif case.context is None:
            cells.append(f"{case.n / seconds:10.0f} tok/s")
        else:
            cells.append(f"{seconds * 1e3:13.2f} ms")
    for engine in engines[1:]:
        ratio = result.ratio(engines[0].name, engine.name)
        cells.append("" if ratio is None else f"  {ratio:.2f}x {engine.name.split()[0]}")
    return f"{case.name:<20}" + "".join(cells)


def _document(model: str, engines: list[Engine], results: list[Result]) -> dict[str, object]:
    ours = engines[0].name
    return {
        "model": model,
        "kernels": int8_kernels(),
        "threads": physical_cores(),
        "engines": [
            {
                "name": engine.name,
                "load_s": engine.load_s,
                "start_s": engine.start_s,
                "peak_bytes": engine.peak_bytes(),
            }
            for engine in engines
        ],
        "cases": [
            {
                "n": result.case.n,
                "context": result.case.context,
                "median_s": {engine.name: result.median_s(engine.name) for engine in engines},
                "fastest_s": {name: min(times) for name, times in result.seconds.items() if times},
                "times_faster": {
                    engine.name: result.ratio(ours, engine.name) for engine in engines[1:]
                },
            }
            for result in results
        ],
    }


def _ends(document: dict[str, object]) -> str:
    lines = []
    engines = document["engines"]
    assert isinstance(engines, list)
    for engine in engines:
        peak = engine["peak_bytes"]
        memory = "unknown" if peak is None else f"{peak / 1e9:.2f} GB"
        lines.append(
            f"{engine['name']}: {engine['start_s']:.1f} s from its start to the first step "
            f"({engine['load_s']:.1f} s of it the model), at most {memory}"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
