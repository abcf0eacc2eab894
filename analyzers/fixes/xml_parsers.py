"""XML parsers that fetch nothing and replace no entities."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.places import argument, bindings, keyword, marked, scope
from analyzers.fixes.writing import fix, replaced, with_keywords

_LXML = "lxml.etree."
_PARSING = ("parse", "fromstring", "XML", "fromstringlist")
_PARSERS = ("XMLParser", "ETCompatXMLParser", "iterparse")
_SAFE = {"resolve_entities": "False", "no_network": "True"}
_UNSAFE = ("load_dtd", "dtd_validation", "huge_tree", "attribute_defaults")
# By the module of the standard library, the one of defusedxml.
_DEFUSED = {
    "xml.etree.ElementTree": "defusedxml.ElementTree",
    "xml.etree.cElementTree": "defusedxml.ElementTree",
    "xml.dom.minidom": "defusedxml.minidom",
    "xml.dom.pulldom": "defusedxml.pulldom",
    "xml.dom.expatbuilder": "defusedxml.expatbuilder",
    "xml.sax": "defusedxml.sax",
    "xml.sax.expatreader": "defusedxml.expatreader",
}
_MANIFESTS = ("requirements.txt", "pyproject.toml", "setup.cfg", "setup.py", "Pipfile")


def hardened(code: Code, finding: Finding) -> Fix | None:
    """The parser's own options, or `defusedxml` where the project has it."""
    return _lxml(code, finding) or _sax(code, finding) or _defused(code, finding)


def _lxml(code: Code, finding: Finding) -> Fix | None:
    names = {f"{_LXML}{name}" for name in (*_PARSING, *_PARSERS)}
    call = marked(code, finding, ast.Call, lambda it: code.name(it.func) in names)
    if call is None or code.is_open(call):
        return None
    name = (code.name(call.func) or "").removeprefix(_LXML)
    if name in _PARSERS:
        return _options(code, call)
    parser = argument(call, 1, "parser")
    if isinstance(parser, ast.Name):
        assigned = bindings(code, scope(code, call), parser.id) or []
        parser = assigned[0].value if assigned and isinstance(assigned[0], ast.Assign) else None
    elif parser is None:
        options = ", ".join(f"{option}={value}" for option, value in _SAFE.items())
        made = reach(code, call, "lxml.etree", "XMLParser")
        if made is None:
            return None
        added = with_keywords(code, call, f"parser={made.text}({options})")
        return None if added is None else fix("replace no entities", *made.edits, added)
    if isinstance(parser, ast.Call) and code.name(parser.func) in names:
        return _options(code, parser)
    return None


def _options(code: Code, parser: ast.Call) -> Fix | None:
    edits: list[Edit] = []
    missing: list[str] = []
    for name, value in _SAFE.items():
        given = keyword(parser, name)
        if given is None:
            missing.append(f"{name}={value}")
        elif ast.unparse(given.value) != value:
            edits.append(replaced(code, given.value, value))
    for name in _UNSAFE:
        given = keyword(parser, name)
        if given is not None and ast.unparse(given.value) != "False":
            edits.append(replaced(code, given.value, "False"))
    if missing:
        added = with_keywords(code, parser, *missing)
        if added is None:
            return None
        edits.append(added)
    return fix("replace no entities", *edits) if edits else None


def _sax(code: Code, finding: Finding) -> Fix | None:
    """`parser.setFeature(feature_external_ges, True)`."""
    call = marked(code, finding, ast.Call, _sets_external)
    return None if call is None else fix("fetch nothing", replaced(code, call.args[1], "False"))


def _sets_external(node: ast.Call) -> bool:
    if not (isinstance(node.func, ast.Attribute) and node.func.attr == "setFeature"):
        return False
    is_on = (
        len(node.args) == 2 and isinstance(node.args[1], ast.Constant) and bool(node.args[1].value)
    )
    said = ast.unparse(node.args[0]) if node.args else ""
    return is_on and ("external" in said or said.endswith("feature_external_pes"))


def _defused(code: Code, finding: Finding) -> Fix | None:
    if not _has_defusedxml(code):
        return None
    call = marked(
        code,
        finding,
        ast.Call,
        lambda it: (code.name(it.func) or "").rpartition(".")[0] in _DEFUSED,
    )
    if call is None:
        return None
    module, _, function = (code.name(call.func) or "").rpartition(".")
    reached = reach(code, call, _DEFUSED[module], function)
    if reached is None:
        return None
    return fix("parse with defusedxml", *reached.edits, replaced(code, call.func, reached.text))


def _has_defusedxml(code: Code) -> bool:
    if any(name.partition(".")[0] == "defusedxml" for name in code.imports.values()):
        return True
    root = code.project.root
    if root is None:
        return False
    for name in _MANIFESTS:
        try:
            if "defusedxml" in (root / name).read_text(encoding="utf-8", errors="replace"):
                return True
        except OSError:
            continue
    return False
