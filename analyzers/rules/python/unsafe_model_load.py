"""A model file that is a program

## What it does
Reports `torch.load(..., weights_only=False)`, `numpy.load(..., allow_pickle=True)`, Keras models
with `safe_mode=False`, and code that is fetched with a model (`trust_remote_code=True`). As a
remark: `torch.load` that leaves the choice to the version of torch.

## Why is this bad?
Such a file is a pickle or holds Python, and runs what its author wrote when it is loaded.

## Example
```python
state = torch.load(path, weights_only=False)
```

## Use instead
```python
state = safetensors.torch.load_file(path)
```

## References
- CWE-502: Deserialization of Untrusted Data
- PyTorch documentation: torch.load
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.patterns.calls import keyword, may_have_more, methods, named
from analyzers.patterns.constants import value_of
from analyzers.rule import Rule

RULE = Rule(
    "unsafe-model-load",
    cwe=502,
    severity="medium",
    confidence="medium",
    aliases=("B614", "B615"),
    words=("torch", "allow_pickle", "safe_mode", "trust_remote_code"),
)
_MESSAGE = "loading this runs what its author put in it"


def find(code: Code) -> Iterator[Finding]:
    """Loads that run code."""
    for call in named(code, "torch.load"):
        chosen = keyword(call, "weights_only")
        if chosen is not None and value_of(code, chosen) is False:
            yield code.finding(RULE, call, f"{_MESSAGE}; say weights_only=True")
        elif chosen is None and not may_have_more(code, call):
            message = "before torch 2.6 this runs code of the file; say weights_only=True"
            yield code.finding(RULE, call, message, severity="low", confidence="low")
    for call in named(code, "numpy.load", "np.load"):
        if value_of(code, keyword(call, "allow_pickle")) is True:
            yield code.finding(RULE, call, _MESSAGE)
    for call in (*methods(code, "load_model"), *named(code, "load_model")):
        if value_of(code, keyword(call, "safe_mode")) is False:
            yield code.finding(RULE, call, _MESSAGE)
    for call in (*methods(code, "from_pretrained", "load_dataset"), *named(code, "pipeline")):
        if value_of(code, keyword(call, "trust_remote_code")) is True:
            yield code.finding(RULE, call, "code that comes with the model is run", cwe=494)
