"""Which names a part of a Python text gives a meaning, by what the host compiles it to.

No pattern finds every way to bind a name; the compiler does. What the host cannot compile, newer
syntax say, is asked of its tree, which tells inner names from others less well.
"""

from __future__ import annotations

import ast
import builtins
import dis
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

from analyzers.reading.parsing import Problem, compiled, parse
from analyzers.spelling import plain

_BOUND = frozenset(
    dis.opmap[name] for name in ("STORE_NAME", "DELETE_NAME", "STORE_GLOBAL", "DELETE_GLOBAL")
)
_BOUND_OUTSIDE = frozenset(dis.opmap[name] for name in ("STORE_GLOBAL", "DELETE_GLOBAL"))
_SET = frozenset({dis.opmap["STORE_ATTR"]})
_OF_CLASSES = frozenset(
    {"__module__", "__qualname__", "__doc__", "__firstlineno__", "__static_attributes__"}
)
_BUILTINS = frozenset(dir(builtins))
_NO_NAMES = frozenset[str]()
# What a name is followed by where its object is changed.
_CHANGED = re.compile(
    r"(?<![\w.])([^\W\d]\w*+)(?:[.\[][^=\n(]{0,200}=(?!=)"
    r"|[\w.\[\]\"']{0,80}\.(?:append|appendleft|add|extend|insert|update|setdefault|push|put)\()"
)
_RECEIVER = re.compile(r"(?<![\w.])([^\W\d]\w*+)[ \t]*+[.\[]")
_GIVEN = re.compile(r"(?<![\w.])([^\W\d]\w*+)(?![ \t]*+(?:\(|=[^=]))")
_RUN_ALONE = re.compile(r"\s*if[ \t]+__name__\b")
# A field that is only declared is one of a dataclass; it lies behind no name that is compiled.
_DECLARED = re.compile(r"^[ \t]*+([^\W\d]\w*+)[ \t]*+:[ \t]*+[^\s=]", re.MULTILINE)
_WORD = re.compile(r"[^\W\d]\w*")
_ANNOTATIONS = re.compile(r"""(?::|->)[ \t]*["']([^"'\n]*)""")


@dataclass(frozen=True, slots=True)
class Bindings:
    """The names of a text that stands for itself, or of the body of its one class.

    own: those that are bound in it.
    outward: those of the file that its functions bind.
    changed: those of the file whose objects its functions change.
    fields: attributes that are set, of whatever object.
    taken: those that may come from elsewhere, attributes among them; None if any may.
    said: names and attributes that only the tree tells, none where the host compiled the text.
    """

    own: frozenset[str]
    outward: frozenset[str] = _NO_NAMES
    changed: frozenset[str] = _NO_NAMES
    fields: frozenset[str] = _NO_NAMES
    taken: frozenset[str] | None = None
    said: frozenset[str] = _NO_NAMES


def bindings(text: str, body_of: str | None = None) -> Bindings | None:
    """What `text` binds, None where it is no whole statements.

    body_of: the name of the class in it whose body is asked about.
    """
    try:
        code = compiled(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = parse(text)
        return None if isinstance(tree, Problem) else _of_tree(tree)
    codes = list(_with_inner(code))
    asked = code
    if body_of is not None:
        asked = next((each for each in _inside(code) if each.co_name == body_of), code)
    outward = {name for each in codes for name in _named(each, _BOUND_OUTSIDE)}
    taken = {name for each in codes for name in each.co_names}
    changed = taken.intersection(_CHANGED.findall(plain(text))) if len(codes) > 1 else ()
    taken.update(name for each in codes for name in each.co_freevars)
    taken.update(name for said in _ANNOTATIONS.findall(text) for name in _WORD.findall(said))
    declared = _DECLARED.findall(text) if asked is not code and len(codes) == 2 else []
    return Bindings(
        own=frozenset([*_named(asked, _BOUND), *declared]) - _OF_CLASSES,
        outward=frozenset(outward),
        changed=frozenset(changed),
        fields=frozenset(name for each in codes for name in _named(each, _SET)),
        taken=frozenset(taken),
    )


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    waiting = [code]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += _inside(code)


def _inside(code: CodeType) -> Iterator[CodeType]:
    return (const for const in code.co_consts if isinstance(const, CodeType))


def _named(code: CodeType, operations: frozenset[int]) -> Iterator[str]:
    """The names that some operations are given."""
    done = code.co_code
    if operations.isdisjoint(done[::2]):
        return
    high = 0
    for operation, low in zip(done[::2], done[1::2], strict=True):
        if operation == dis.EXTENDED_ARG:
            high = high << 8 | low
            continue
        if operation in operations:
            yield code.co_names[high << 8 | low]
        high = 0


def _of_tree(tree: ast.Module) -> Bindings:
    """All names that are bound anywhere in it, and all others."""
    own: set[str] = set()
    outward: set[str] = set()
    fields: set[str] = set()
    said: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (said if isinstance(node.ctx, ast.Load) else own).add(node.id)
        elif isinstance(node, ast.Attribute):
            (said if isinstance(node.ctx, ast.Load) else fields).add(node.attr)
        elif isinstance(node, ast.Global):
            outward.update(node.names)
        elif isinstance(node, ast.alias):
            own.add((node.asname or node.name).partition(".")[0])
        else:
            own.update(
                bound
                for field in ("name", "rest")
                if isinstance(bound := getattr(node, field, None), str)
            )
    return Bindings(
        frozenset(own),
        frozenset(outward),
        frozenset(outward),
        frozenset(fields),
        None,
        frozenset(said),
    )


def bent(code: str) -> frozenset[str]:
    """The names whose objects a statement of the file itself may change as it runs.

    They are what it calls methods of, and what it gives to a call. What a file does when it is run
    by itself changes what it names as a part, not what it is: `app.run()`.

    code: the statement without its texts.
    """
    _, bracket, given = code.partition("(")
    names = set(_GIVEN.findall(given)) if bracket else set[str]()
    if _RUN_ALONE.match(code):
        return frozenset(names.union(_CHANGED.findall(code))) - _BUILTINS
    return frozenset(names.union(_RECEIVER.findall(code))) - _BUILTINS
