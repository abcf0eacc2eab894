"""Text from outside run as JavaScript

## What it does
Reports `eval`, `new Function`, a timer that is given text, and the functions of `vm` that run text,
when the text is not constant. It is proven where the text comes from a request, from the page's
address or from another window.

## Why is this bad?
Who writes the text runs code with all rights of the program or the page. `vm` is no sandbox.

## Example
```javascript
app.get("/sum", (req, res) => res.json(eval(req.query.terms)));
```

## Use instead
```javascript
app.get("/sum", (req, res) => {
  const terms = String(req.query.terms).split("+").map(Number);
  res.json(terms.reduce((sum, term) => sum + term, 0));
});
```

## References
- CWE-95: Improper Neutralization of Directives in Dynamically Evaluated Code
- MDN: eval(), Never use direct eval()!
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.finding import Confidence, Finding, Severity
from analyzers.javascript.built import is_built
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import callee_path, calls, reached
from analyzers.rule import Rule

RULE = Rule(
    "js-code-injection",
    cwe=95,
    severity="high",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("eval", "function", "settimeout", "setinterval", "vm", "execscript"),
)
_GLOBALS = frozenset({"", "window.", "global.", "globalThis.", "self."})
_VM = ("runInThisContext", "runInNewContext", "runInContext", "compileFunction", "Script")


def find(code: ScriptCode) -> Iterator[Finding]:
    """Text that is run and not constant."""
    what = "code that runs"
    for call in calls(code, "eval", "execScript", "Function"):
        path = callee_path(code, call)
        if path.removesuffix(call.name) in _GLOBALS and call.arguments:
            body = call.arguments[0] if call.name != "Function" else call.arguments[-1]
            yield from reached(code, RULE, call.node, body, what, unknown=("high", "medium"))
    for call in calls(code, "setTimeout", "setInterval", "setImmediate"):
        # What is no text is a function, and that is how timers are meant to be used.
        if call.arguments:
            unknown: tuple[Severity, Confidence] | None = None
            if is_built(code, call.arguments[0]):
                unknown = ("high", "medium")
            yield from reached(code, RULE, call.node, call.arguments[0], what, unknown=unknown)
    for call in calls(code, *_VM):
        if callee_path(code, call).startswith("@vm.") and call.arguments:
            text = call.arguments[0]
            yield from reached(code, RULE, call.node, text, what, unknown=("medium", "medium"))
