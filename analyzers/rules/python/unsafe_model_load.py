"""A model that brings its own code

## What it does
Reports code that is fetched and run with a model or a data set (`trust_remote_code=True`), and
Keras models that may hold any Python (`safe_mode=False`).

## Why is this bad?
Whoever can change the repository of the model runs code here, today or after the next push.

## Example
```python
model = AutoModel.from_pretrained(name, trust_remote_code=True)
```

## Use instead
```python
model = AutoModel.from_pretrained(name)
```
or a `revision=` that was read before.

## References
- CWE-494: Download of Code Without Integrity Check
- Hugging Face documentation: Using a model with custom code
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import deserialising
from analyzers.patterns.calls import keyword, names
from analyzers.patterns.constants import text_of, value_of
from analyzers.rule import Rule

RULE = Rule(
    "unsafe-model-load",
    cwe=494,
    severity="medium",
    confidence="medium",
    words=("safe_mode", "trust_remote_code"),
)
fix = deserialising.switched
_FETCHES = ("from_pretrained", "load_dataset", "pipeline", "AutoModel", "SentenceTransformer")


def find(code: Code) -> Iterator[Finding]:
    """Loads that run code."""
    for name, call in names(code):
        last = name.rpartition(".")[2]
        if last == "load_model" and value_of(code, keyword(call, "safe_mode")) is False:
            message = "loading this runs the Python that its author put in it"
            yield code.finding(RULE, call, message, cwe=502)
        elif last in _FETCHES and value_of(code, keyword(call, "trust_remote_code")) is True:
            pinned = text_of(code, keyword(call, "revision")) is not None
            message = "code that comes with the model is run"
            yield code.finding(RULE, call, message, severity="low" if pinned else "medium")
