"""Objects made of data

## What it does
Reports `pickle`, `marshal`, `shelve`, `dill`, `jsonpickle` and unsafe YAML loaders on something
that is not the program's own constant. Where the data was seen to come from a request, the finding
is sure.

## Why is this bad?
These formats say which functions to call while they are read: reading is running.

## Example
```python
session = pickle.loads(request.cookies["session"])
config = yaml.load(text, Loader=yaml.Loader)
```

## Use instead
```python
session = json.loads(request.cookies["session"])
config = yaml.safe_load(text)
```

## References
- CWE-502: Deserialization of Untrusted Data
- Python documentation: `pickle`, the warning at its top
- OWASP Deserialization Cheat Sheet
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes import deserialising
from analyzers.flow.analysis import analysis
from analyzers.flow.called import calls_of
from analyzers.flow.events import Event
from analyzers.flow.sinks import Hit, Judgement, Sink, findings, hits, judged
from analyzers.patterns.calls import keyword
from analyzers.patterns.constants import bound_to, text_of
from analyzers.patterns.in_tests import is_in_test
from analyzers.rule import Rule

RULE = Rule(
    "unsafe-deserialisation",
    cwe=502,
    severity="high",
    confidence="medium",
    aliases=("B301", "S301", "B302", "S302", "B506", "S506", "B614", "B615"),
    words=(
        "pickle", "marshal", "shelve", "dill", "yaml", "torch", "joblib", "numpy", "read_pickle",
        "loads", "hickle",
    ),
)  # fmt: skip
_PICKLES = ("pickle", "cPickle", "_pickle", "dill", "cloudpickle", "pickle5", "marshal", "hickle")
_SINKS = (
    Sink(
        (
            *(f"{module}.{call}" for module in _PICKLES for call in ("load", "loads", "Unpickler")),
            "jsonpickle.decode", "jsonpickle.unpickler.decode", "jsonpickle.loads",
            "yaml.unsafe_load", "yaml.unsafe_load_all", "yaml.full_load", "yaml.full_load_all",
            "ruamel.yaml.unsafe_load",
        ),
        keywords=("file", "data", "string", "stream", "filename"),
    ),
)  # fmt: skip
# These open a file by its name, and what is in it is never the program's own constant.
_OPENERS = frozenset(
    {
        "shelve.open", "shelve.DbfilenameShelf", "joblib.load", "pandas.read_pickle",
        "sklearn.externals.joblib.load",
    }
)  # fmt: skip
_WRITERS = tuple(f"{module}.dumps" for module in _PICKLES)
_YAML = ("yaml.load", "yaml.load_all", "ruamel.yaml.load", "ruamel.yaml.load_all")
CALLS = calls_of(*_SINKS, _OPENERS, _YAML, ("torch.load", ".load"))
_SAFE_LOADERS = ("SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader", "RoundTripLoader")
_ANY = Judgement("data", unknown="all")
# What is left of YAML's power in a full loader has been closed hole by hole.
_DOUBTED = Judgement("data", unknown="all", of_unknown="low")
_OF_COPY = "reading back what was just written runs code of the object's; use copy.deepcopy"
_MESSAGE = "reading {source} this way can run code; use a format that only holds data"


def find(code: Code) -> Iterator[Finding]:
    """Objects that are made of data."""
    by_name = Sink(tuple(sorted(_OPENERS)), keywords=("filename", "filepath_or_buffer"))
    found: list[Hit] = list(hits(code, (*_SINKS, by_name), _ANY))
    seen = analysis(code)
    for event in seen.calls(("load", "load_all")):
        if event.name in _YAML and not _is_safe(event, code):
            found += _of(event, _DOUBTED if _is_full(event) else _ANY)
        elif event.name == "torch.load" or event.name.endswith(("numpy.load", "np.load")):
            found += _of(event, _ANY) if _asks_for_pickle(event) else []
        elif _is_unsafe_yaml(event, code):
            found += _of(event, _ANY)
    copies = [replace(hit, confidence="low") for hit in found if _is_copy(hit.event, code)]
    told = {hit.event.node for hit in found}
    copied = {hit.event.node for hit in copies}
    # A test that something survives being written and read has no other way.
    if any(name.partition(".")[0] in _PICKLES for name in code.imports.values()):
        copies = [hit for hit in copies if not is_in_test(code, hit.event.node)]
    yield from findings(code, RULE, copies, _OF_COPY, severity="low")
    found = [hit for hit in found if hit.event.node not in copied]
    yield from findings(code, RULE, found, _MESSAGE)
    for event in seen.calls(sorted({name.rpartition(".")[2] for name in _OPENERS})):
        if event.name in _OPENERS and event.node not in told and code.is_in_focus(event.node):
            told.add(event.node)
            message = _MESSAGE.replace("{source}", "a file")
            yield code.finding(RULE, event.node, message, severity="medium", confidence="low")


def fix(code: Code, finding: Finding) -> Fix | None:
    """Another format or loader; none for a copy, which leaves the program in no form."""
    return None if finding.message == _OF_COPY else deserialising.safely(code, finding)


def _is_unsafe_yaml(event: Event, code: Code) -> bool:
    """Whether it is a method of what `YAML(typ="unsafe")` made."""
    if not isinstance(event.node, ast.Call) or not isinstance(event.node.func, ast.Attribute):
        return False
    return any(
        (code.name(made.func) or "").rpartition(".")[2] == "YAML"
        and text_of(code, keyword(made, "typ")) == "unsafe"
        for made in _made(event.node.func.value, code)
    )


def _is_copy(event: Event, code: Code) -> bool:
    """Whether it reads what the program itself has just written, `loads(dumps(thing))`."""
    if event.method != "loads" or not isinstance(event.node, ast.Call) or not event.node.args:
        return False
    made = _made(event.node.args[0], code)
    return bool(made) and all((code.name(call.func) or "").endswith(_WRITERS) for call in made)


def _made(node: ast.expr, code: Code) -> list[ast.Call]:
    """The calls that an expression or the variable that it names is made by; none if others are."""
    found = (bound_to(code, node) or []) if isinstance(node, ast.Name) else [node]
    made = [each for each in found if isinstance(each, ast.Call)]
    return made if len(made) == len(found) else []


def _of(event: Event, judgement: Judgement) -> list[Hit]:
    value = event.argument(0, "stream", "f", "file")
    hit = None if value is None else judged(event, value, judgement)
    return [] if hit is None else [hit]


def _is_safe(event: Event, code: Code) -> bool:
    loader = event.argument(1, "Loader")
    if loader is None:
        # What is not there yet may still be typed, and newer versions ask for it.
        return code.is_open(event.node) or event.has_more
    name = loader.name or loader.kind
    if loader.callee is not None:
        return any(base.endswith(_SAFE_LOADERS) for base in getattr(loader.callee, "bases", ()))
    return name.endswith(_SAFE_LOADERS)


def _is_full(event: Event) -> bool:
    loader = event.argument(1, "Loader")
    return loader is not None and loader.name.endswith("FullLoader")


def _asks_for_pickle(event: Event) -> bool:
    """Neither does by default: PyTorch since 2.6, NumPy since 1.16.3."""
    weights, pickles = event.keywords.get("weights_only"), event.keywords.get("allow_pickle")
    return (weights is not None and weights.options == (False,)) or (
        pickles is not None and pickles.options == (True,)
    )
