"""An archive that decides where its files go

## What it does
Reports `extractall` and `extract` of tar archives without `filter=` and without checked members,
and `shutil.unpack_archive` of them. Zip files are left to Python, which removes `..` itself; where
a program writes the members by hand, it has to look at their names.

## Why is this bad?
A member called `../../home/user/.ssh/authorized_keys`, or a link out of the folder followed by a
file through it, is written where it says. Before Python 3.14 the default is to trust the archive.

## Example
```python
tarfile.open(path).extractall(folder)
```

## Use instead
```python
tarfile.open(path).extractall(folder, filter="data")
```

## References
- CWE-22: Path Traversal
- PEP 706: Filter for tarfile.extractall; CVE-2007-4559
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Confidence, Finding
from analyzers.fixes import archives
from analyzers.patterns.calls import argument, keyword, may_have_more, methods, named
from analyzers.patterns.constants import bound_to, text_of
from analyzers.rule import Rule
from analyzers.spelling import folded

RULE = Rule(
    "archive-extraction",
    cwe=22,
    severity="medium",
    confidence="medium",
    aliases=("B202", "S202"),
    words=(
        "extractall",
        "unpack_archive",
        ".extract(",
        "namelist",
        "infolist",
        "getmembers",
        "getnames",
    ),
)
fix = archives.filtered
_TAR = ("tarfile.open", "tarfile.TarFile", "tarfile.TarFile.open", "TarFile")
_MESSAGE = 'members may leave the folder; say filter="data"'
_SAYS_NOTHING = frozenset({"endswith", "lower", "isfile", "isreg", "isdir", "getmembers"})
_TAR_NAME = re.compile(r"\.(tar(\.\w+)?|t[gbx]z2?)$")
_TRUSTING = ("fully_trusted",)


def find(code: Code) -> Iterator[Finding]:
    """Extractions that trust the archive."""
    if "tarfile" in folded(code.text):
        for call in methods(code, "extractall"):
            if _trusts(code, call) and not _is_checked(code, call):
                yield code.finding(RULE, call, _MESSAGE)
        for call in methods(code, "extract"):
            if _is_tar(code, call) and _trusts(code, call) and not _is_checked(code, call):
                # Of one member that the program names it is less likely.
                is_named = text_of(code, argument(call, 0, "member")) is not None
                confidence: Confidence = "low" if is_named else "medium"
                yield code.finding(RULE, call, _MESSAGE, confidence=confidence)
    for call in named(code, "shutil.unpack_archive"):
        kind = text_of(code, argument(call, 2, "format"))
        path = text_of(code, argument(call, 0, "filename")) or ""
        is_zip = kind == "zip" or path.endswith(".zip")
        if keyword(call, "filter") is None and not is_zip and not may_have_more(code, call):
            is_tar = str(kind).endswith("tar") or _TAR_NAME.search(path) is not None
            weight: Confidence = "medium" if is_tar else "low"
            yield code.finding(RULE, call, _MESSAGE, severity=weight, confidence=weight)


def _trusts(code: Code, call: ast.Call) -> bool:
    chosen = keyword(call, "filter")
    if chosen is not None:
        named_filter = text_of(code, chosen) or code.name(chosen) or ""
        return any(named_filter.startswith(word) for word in _TRUSTING)
    members = argument(call, 1, "members") if _method(call) == "extractall" else None
    if members is not None:
        # A list of the archive's own members checks nothing.
        if isinstance(members, ast.Call):
            return _method(members) in ("getmembers", "getnames")
        if isinstance(members, ast.ListComp | ast.GeneratorExp):
            return not _chooses(members)
        return isinstance(members, ast.Name) and _is_tar(code, members)
    return not may_have_more(code, call) and not _is_zip(code, call)


def _chooses(members: ast.ListComp | ast.GeneratorExp) -> bool:
    """Whether something is asked of the members that may keep one out for where it leads.

    That a name is there or how it ends says nothing of its beginning.
    """
    tests = [test for generator in members.generators for test in generator.ifs]
    return any(
        isinstance(node, ast.Call | ast.Compare)
        and not (isinstance(node, ast.Call) and _attribute(node.func) in _SAYS_NOTHING)
        for test in tests
        for node in ast.walk(test)
    )


def _is_checked(code: Code, call: ast.AST) -> bool:
    """Whether the function looks at the members' names before, by what people call this."""
    around = code.function(call)
    if around is None:
        return False
    text = code.source(around)
    return any(
        word in text
        for word in ("is_relative_to", "commonpath", "commonprefix", "startswith(", "..",
                     "extraction_filter", "data_filter", "is_within_directory")
    )  # fmt: skip


def _method(call: ast.Call) -> str:
    return _attribute(call.func)


def _attribute(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""


def _opened_by(code: Code, node: ast.expr) -> list[str]:
    """What made an archive: the names of the calls that a method is called on, or a variable is."""
    archive: ast.expr | None = node
    if isinstance(node, ast.Call):
        archive = node.func.value if isinstance(node.func, ast.Attribute) else None
    made: list[ast.expr] = []
    if isinstance(archive, ast.Call):
        made = [archive]
    elif isinstance(archive, ast.Name):
        made = bound_to(code, archive) or _of_with(code, archive)
    return [code.name(each.func) or "" for each in made if isinstance(each, ast.Call)]


def _of_with(code: Code, name: ast.Name) -> list[ast.expr]:
    around: ast.AST | None = code.parent(name)
    while around is not None:
        if isinstance(around, ast.With | ast.AsyncWith):
            for item in around.items:
                if isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == name.id:
                    return [item.context_expr]
        around = code.parent(around)
    return []


def _is_tar(code: Code, node: ast.expr) -> bool:
    return any(name in _TAR for name in _opened_by(code, node))


def _is_zip(code: Code, call: ast.Call) -> bool:
    return any("zip" in name.lower() for name in _opened_by(code, call))
