"""An XPath query built from data

## What it does
Reports an XPath expression that is put together with data from a request.

## Why is this bad?
A quote in the data ends the string that it was put into, and the rest is read as part of the query:
conditions, logins among them, are passed by.

## Example
```python
root.xpath(f"/users/user[name='{name}']")
```

## Use instead
```python
root.xpath("/users/user[name=$name]", name=name)
```

## References
- CWE-643: Improper Neutralization of Data within XPath Expressions
- lxml documentation: XPath variables
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import xpath
from analyzers.flow.called import calls_of
from analyzers.flow.sinks import Judgement, Sink, findings, hits
from analyzers.rule import Rule

RULE = Rule(
    "xpath-injection",
    cwe=643,
    severity="high",
    confidence="high",
    words=("xpath", "elementpath", "etree", "find"),
)
fix = xpath.with_variables
_SINKS = (
    Sink(
        (
            ".xpath", "lxml.etree.XPath", "lxml.etree.ETXPath", "etree.XPath", ".xpathEval",
            "parsel.Selector.xpath",
        ),
        keywords=("path", "_path"),
    ),
    Sink(
        (
            "elementpath.select", "elementpath.iter_select", "xml.xpath.find",
            "lxml.etree.XPathEvaluator",
        ),
        (1,),
        ("path",),
    ),
    Sink(("elementpath.Selector", "elementpath.XPath2Parser")),
)  # fmt: skip
# ElementTree's little language; strings have these methods too.
_LITTLE = Sink((".find", ".findall", ".findtext", ".iterfind"))
CALLS = calls_of(*_SINKS, _LITTLE)
UNPROVEN_CALLS = calls_of(*_SINKS)
_JUDGEMENT = Judgement("xpath", local="medium", unknown="built")
_PROVEN = Judgement("xpath", local=None)
_MESSAGE = "this XPath query is built from {source}; pass the data as a variable"


def find(code: Code) -> Iterator[Finding]:
    """XPath that is built from data."""
    found = list(hits(code, _SINKS, _JUDGEMENT))
    found += [
        hit
        for hit in hits(code, (_LITTLE,), _PROVEN)
        if hit.value.is_built and ("[" in hit.value.text or "/" in hit.value.text)
    ]
    yield from findings(code, RULE, found, _MESSAGE)
