"""Code made of data

## What it does
Reports `eval`, `exec`, `compile` and their like on something that is not constant. Where it was
seen to come from a request, the finding is sure. Functions that a request chooses by their name,
`getattr(tools, name)()`, are reported too, and are less grave.

## Why is this bad?
Python that other people write can do whatever the program can. An empty `__builtins__` does not
hold it back.

## Example
```python
total = eval(request.args["sum"])
```

## Use instead
```python
values = ast.literal_eval(text)  # for literals
OPERATIONS = {"add": operator.add}
total = OPERATIONS[name](left, right)
```

## References
- CWE-94: Improper Control of Generation of Code
- CWE-95: Eval Injection
- Python documentation: `ast.literal_eval`
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import evaluation
from analyzers.flow.analysis import analysis
from analyzers.flow.called import calls_of
from analyzers.flow.sinks import Hit, Judgement, Sink, findings, hits, judged
from analyzers.flow.value import HOLE
from analyzers.rule import Rule

RULE = Rule(
    "code-injection",
    cwe=95,
    severity="high",
    confidence="medium",
    aliases=("B102", "S102", "B307", "S307"),
    words=(
        "eval",
        "exec",
        "compile",
        "interact",
        "import_module",
        "__import__",
        "runcode",
        "timeit",
        "runpy",
        "sympify",
        "runsource",
        "getattr",
        ".query",
    ),
)
fix = evaluation.to_literal
_SINKS = (
    Sink(
        (
            "eval", "exec", "builtins.eval", "builtins.exec", "__builtin__.eval", "execfile",
            "pandas.eval", "numexpr.evaluate", "code.interact", "timeit.timeit",
            "code.InteractiveInterpreter.runcode", "sympy.sympify",
        ),
        keywords=("source", "expression", "stmt"),
    ),
)  # fmt: skip
_LOOSE = (
    Sink((".runsource", ".runcode", "compile", "builtins.compile")),
    # Whose work it is to run the user's own scripts, runs those that the command line names.
    Sink(("runpy.run_path", "runpy.run_module"), keywords=("path_name", "mod_name")),
    Sink(("importlib.import_module", "__import__"), keywords=("name",)),
)
# Frames run their expressions as Python, local variables included.
_OF_FRAMES = Sink((".query", ".eval"), keywords=("expr",))
_FRAMES = ("pandas", "polars", "dask", "geopandas", "modin")
_GETATTR = Sink(("getattr",), (1,))
CALLS = calls_of(*_SINKS, *_LOOSE, _GETATTR, _OF_FRAMES)
UNPROVEN_CALLS = calls_of(*_SINKS)
_CHOSEN = "{source} decides which function this calls; look it up in a table of those that may be"
_ANY = Judgement("code", unknown="all")
_PROVEN = Judgement("code", local=None)
_MESSAGE = "this runs {source} as code"


def find(code: Code) -> Iterator[Finding]:
    """Data that is run as code."""
    found: list[Hit] = list(hits(code, _SINKS, _ANY))
    found += hits(code, _LOOSE, _PROVEN)
    if any(name.partition(".")[0] in _FRAMES for name in code.imports.values()):
        found += [
            hit
            for hit in hits(code, (_OF_FRAMES,), _PROVEN)
            # Clients of databases have a `query` too.
            if "select " not in hit.value.text.lower()
        ]
    # exec(compile(text, ...)) of a text that nothing is known of.
    for event in analysis(code).calls(("eval", "exec")):
        if event.name in ("eval", "exec") and event.arguments:
            value = event.arguments[0]
            if value.kind == "compile" and (hit := judged(event, value, _ANY)) is not None:
                found.append(hit)
    yield from findings(code, RULE, found, _MESSAGE)
    called = (hit for hit in hits(code, (_GETATTR,), _PROVEN) if _is_called(code, hit))
    yield from findings(code, RULE, called, _CHOSEN, severity="medium")


def _is_called(code: Code, hit: Hit) -> bool:
    """Whether the attribute that data chooses is called: `getattr(tools, name)(text)`.

    A name that begins as the program says, `"do_" + name`, reaches what is meant to be reached.
    """
    if hit.value.text.partition(HOLE)[0]:
        return False
    above = code.parent(hit.event.node)
    if isinstance(above, ast.Call):
        return above.func is hit.event.node
    around = code.function(hit.event.node) or code.tree
    if not isinstance(above, ast.Assign) or not isinstance(above.targets[0], ast.Name):
        return False
    name = above.targets[0].id
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
        for node in ast.walk(around)
    )
