"""Code made of data

## What it does
Reports `eval`, `exec`, `compile` and their like on something that is not constant. Where it was
seen to come from a request, the finding is sure.

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

from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import evaluation
from analyzers.flow.analysis import analysis
from analyzers.flow.called import calls_of
from analyzers.flow.sinks import Hit, Judgement, Sink, findings, hits, judged
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
        "run_path",
        "sympify",
        "runsource",
    ),
)
fix = evaluation.to_literal
_SINKS = (
    Sink(
        (
            "eval", "exec", "builtins.eval", "builtins.exec", "__builtin__.eval", "execfile",
            "pandas.eval", "numexpr.evaluate", "code.interact", "timeit.timeit",
            "code.InteractiveInterpreter.runcode", "runpy.run_path", "sympy.sympify",
        ),
        keywords=("source", "expression", "stmt"),
    ),
)  # fmt: skip
_LOOSE = (
    Sink((".runsource", ".runcode", "compile", "builtins.compile")),
    Sink(("importlib.import_module", "__import__"), keywords=("name",)),
)
CALLS = calls_of(*_SINKS, *_LOOSE)
_ANY = Judgement("code", unknown="all")
_PROVEN = Judgement("code", local=None)
_MESSAGE = "this runs {source} as code"


def find(code: Code) -> Iterator[Finding]:
    """Data that is run as code."""
    found: list[Hit] = list(hits(code, _SINKS, _ANY))
    found += hits(code, _LOOSE, _PROVEN)
    # exec(compile(text, ...)) of a text that nothing is known of.
    for event in analysis(code).calls(("eval", "exec")):
        if event.name in ("eval", "exec") and event.arguments:
            value = event.arguments[0]
            if value.kind == "compile" and (hit := judged(event, value, _ANY)) is not None:
                found.append(hit)
    yield from findings(code, RULE, found, _MESSAGE)
