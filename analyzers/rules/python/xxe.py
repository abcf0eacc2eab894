"""XML that reads other files

## What it does
Reports XML parsers that resolve external entities: `lxml` parsers with `resolve_entities=True`,
`no_network=False` or `load_dtd=True`, `xml.sax` with its external features switched on, and
`expat` with a handler of external entities, where they read something that is not constant. Where
that comes from outside, the place that reads is reported beside the one that makes the parser. The
parsers of the standard library have not resolved external entities since Python 3.7.1; on what a
request sends they are reported as less grave, for entities that unfold to gigabytes.

## Why is this bad?
A document can name a file or an address as an entity; the parser fetches it, and the answer
shows it.

## Example
```python
parser = etree.XMLParser(resolve_entities=True)
etree.fromstring(request.data, parser)
```

## Use instead
```python
parser = etree.XMLParser(resolve_entities=False, no_network=True)
etree.fromstring(request.data, parser)
```

## References
- CWE-611: Improper Restriction of XML External Entity Reference
- Python documentation: XML Processing Modules, vulnerabilities
- OWASP XML External Entity Prevention Cheat Sheet
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Confidence, Finding
from analyzers.fixes import xml_parsers
from analyzers.flow.analysis import analysis
from analyzers.flow.called import calls_of
from analyzers.flow.events import Event
from analyzers.flow.origin import Level
from analyzers.flow.value import Value
from analyzers.rule import Rule

RULE = Rule(
    "xxe",
    cwe=611,
    severity="high",
    confidence="medium",
    aliases=("B313", "B314", "B315", "B316", "B317", "B318", "B319", "B320", "B405", "B406", "B407",
             "B408", "B409", "B410", "B411", "S313", "S314", "S315", "S316", "S317", "S318", "S319",
             "S320"),
    words=("xml", "sax", "etree", "expat", "resolve_entities"),
)  # fmt: skip
fix = xml_parsers.hardened
_PARSERS = ("XMLParser", "ETCompatXMLParser", "HTMLParser", "XMLPullParser")
_READERS = (
    "parse", "parseString", "fromstring", "XML", "iterparse", "parsestring", "fromstringlist",
    "pulldom", "feed", "ParseFile", "Parse",
)  # fmt: skip
CALLS = calls_of([f".{maker}" for maker in (*_PARSERS, "setFeature")])
_EXTERNAL = frozenset(
    {
        "xml.sax.handler.feature_external_ges", "xml.sax.handler.feature_external_pes",
        "feature_external_ges", "feature_external_pes",
        "http://xml.org/sax/features/external-general-entities",
        "http://xml.org/sax/features/external-parameter-entities",
    }
)  # fmt: skip
# Parsers as they are, which unfold what a document says of its own entities.
_UNFOLDING = frozenset(
    {
        *(f"xml.etree.{module}.{reader}" for module in ("ElementTree", "cElementTree")
          for reader in ("parse", "fromstring", "XML", "iterparse", "fromstringlist")),
        *(f"xml.dom.{module}.{reader}" for module in ("minidom", "pulldom", "expatbuilder")
          for reader in ("parse", "parseString")),
        "xml.sax.parse", "xml.sax.parseString",
        *(f"lxml.{module}.{reader}" for module in ("etree", "objectify")
          for reader in ("parse", "fromstring", "XML", "iterparse", "fromstringlist")),
    }
)  # fmt: skip
_UNFOLDS = "this parser unfolds the entities of a request's document; use defusedxml"
_READS = "a document from outside is read here by a parser that resolves external entities"
_MESSAGE = "this parser resolves external entities{source}"


def find(code: Code) -> Iterator[Finding]:
    """Parsers that resolve external entities."""
    seen = analysis(code)
    yield from _unfolding(code)
    loose = [event for event in seen.of("call") if _is_loose(event)]
    if not loose and "external" not in code.text.lower():
        return
    places: dict[ast.AST, Finding] = {}
    used: set[ast.AST] = set()
    reached: set[ast.AST] = set()
    for event in seen.calls(_READERS):
        parser = _used_parser(event, loose)
        if parser is None:
            continue
        used.add(parser.node)
        level = max((_level(event, value) for value in _documents(event)), default=0)
        if level == 0:
            continue
        from_request = level == Level.REMOTE
        if from_request and (event.in_focus or parser.in_focus):
            reached |= {event.node, parser.node}
        confidence: Confidence = "high" if from_request else "medium"
        places[parser.node] = code.finding(
            RULE,
            parser.node,
            _MESSAGE.replace("{source}", ", and reads a request" if from_request else ""),
            confidence=confidence,
            steps=[(event.node, "reads here")] if from_request else (),
        )
        if level > Level.UNKNOWN and event.node.lineno > parser.node.lineno:
            # Where the harm is done, and where it is prepared: either may be what was just typed.
            places[event.node] = code.finding(
                RULE, event.node, _READS, confidence=confidence, steps=[(parser.node, "made here")]
            )
    for event in loose:
        if event.node not in used:
            places[event.node] = code.finding(
                RULE, event.node, _MESSAGE.replace("{source}", ""), confidence="medium"
            )
    yield from (
        finding for node, finding in places.items() if node in reached or code.is_in_focus(node)
    )


def _unfolding(code: Code) -> Iterator[Finding]:
    """What a request sends, read by a parser that nobody has hardened."""
    found: set[ast.AST] = set()
    for event in analysis(code).calls(_READERS):
        is_plain = event.name in _UNFOLDING and event.argument(None, "parser") is None
        is_asked = event.in_focus or code.is_in_focus(event.node)
        if event.node in found or not is_plain or not is_asked:
            continue
        if not event.name.startswith("xml.sax.") and len(event.arguments) > 1:
            # A parser that was made for it; of a looser one the others tell.
            continue
        if any(_level(event, value) == Level.REMOTE for value in _documents(event)):
            found.add(event.node)
            yield code.finding(RULE, event.node, _UNFOLDS, severity="medium", confidence="medium")


def _is_loose(event: Event) -> bool:
    """Whether a call makes a parser that resolves entities, or lets one do so."""
    keywords = event.keywords
    if event.method in _PARSERS and not event.name.startswith("html."):
        if event.method == "HTMLParser":
            return False
        asked = [keywords.get(name) for name in ("resolve_entities", "load_dtd", "dtd_validation")]
        if any(value is not None and True in value.options for value in asked):
            resolves = keywords.get("resolve_entities")
            return resolves is None or True in resolves.options
        network = keywords.get("no_network")
        return network is not None and network.options == (False,)
    if event.method == "setFeature" and len(event.arguments) == 2:
        feature, value = event.arguments
        names = {feature.name, *(str(option) for option in feature.options)}
        return bool(names & _EXTERNAL) and any(value.options)
    return False


def _used_parser(event: Event, loose: list[Event]) -> Event | None:
    """The parser that a call reads with: handed to it, or the object it is called on."""
    used: list[Value] = [*event.arguments[1:], *event.keywords.values()]
    if event.receiver is not None:
        used.append(event.receiver)
    for parser in loose:
        for value in used:
            if any(taint.origin.node is _made_at(parser) for taint in value.taints):
                return parser
    return None


def _made_at(event: Event) -> ast.AST | None:
    """Where the parser itself comes from, for `setFeature` that of what it is called on."""
    if event.method != "setFeature":
        return event.node
    receiver = event.receiver
    taints = () if receiver is None else receiver.taints
    return next((taint.origin.node for taint in taints), None)


def _documents(event: Event) -> list[Value]:
    first = event.argument(0, "source", "text", "string", "buf", "file")
    return [] if first is None else [first]


def _level(event: Event, value: Value) -> int:
    return max((int(t.origin.level) for t in event.deep(value).taints), default=0)
