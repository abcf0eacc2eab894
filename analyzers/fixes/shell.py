"""Commands for a shell become lists of arguments, or get their values quoted."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.callers import values
from analyzers.fixes.imports import Reached, reach
from analyzers.fixes.number_values import may_be_number
from analyzers.fixes.parts import Hole, Template
from analyzers.fixes.places import argument, bindings, keyword, loads, marked, scope
from analyzers.fixes.runners import is_run
from analyzers.fixes.shell_callers import quoted_by_callers
from analyzers.fixes.shell_quoting import quoted_in_each, quoting
from analyzers.fixes.shell_text import (
    holds_several,
    holds_words,
    is_fixed_program,
    item,
    text_of,
    words,
)
from analyzers.fixes.templates import template
from analyzers.fixes.writing import fix, is_placed, replaced, source, without_argument

_SUBPROCESS = tuple(
    f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")
)
_OUTPUTS = ("subprocess.getoutput",)
_SYSTEM = ("os.system",)
_POPEN = ("os.popen",)
_TITLE = "run it without a shell"
_QUOTED = "quote the values for the shell"


def without_shell(code: Code, finding: Finding) -> Fix | None:
    """The command as a list where no shell is needed, else its values in `shlex.quote`."""
    call = marked(code, finding, ast.Call, lambda node: _command(code, node) is not None)
    if call is None or code.is_open(call) or not is_placed(code, call):
        return None
    given = _command(code, call)
    assert given is not None, "marked has asked"
    written, made, is_own = _written(code, call, given)
    if made is None:
        return _joined(code, call, given) or _elsewhere(code, call, given)
    if any(_is_given_words(code, hole) for hole in made.holes):
        return None
    listed, needed = _listed(code, call, made)
    if listed is not None:
        mended = _as_list(code, call, given, written if is_own else given, listed)
        if mended is not None:
            return fix(mended.title, *needed, *mended.edits)
    return _quoted(code, call, made)


def _listed(code: Code, call: ast.Call, made: Template) -> tuple[str | None, tuple[Edit, ...]]:
    """The command as a list, and the edits that this needs elsewhere."""
    split = words(made.parts)
    if split is None or not is_fixed_program(split) or is_run([text_of(word) for word in split]):
        return None, ()
    needed: tuple[Edit, ...] = ()
    called = ""
    if any(holds_several(hole) for hole in made.holes):
        reached = reach(code, call, "shlex", "split")
        if reached is None:
            return None, ()
        called, needed = reached.text, reached.edits
    written = (item(word, called, lambda hole: may_be_number(code, hole)) for word in split)
    items = [text for text in written if text is not None]
    return (f"[{', '.join(items)}]", needed) if len(items) == len(split) else (None, ())


def _command(code: Code, node: ast.Call) -> ast.expr | None:
    """The command of a call that gives it to a shell."""
    name = code.name(node.func)
    if name in (*_SYSTEM, *_POPEN, *_OUTPUTS):
        return argument(node, 0, "cmd" if name in (*_POPEN, *_OUTPUTS) else "command")
    if name in _SUBPROCESS:
        shell = keyword(node, "shell")
        if shell is not None and isinstance(shell.value, ast.Constant) and shell.value.value:
            return argument(node, 0, "args")
        return _given_to_shell(_list_of(code, node))
    return None


def _list_of(code: Code, call: ast.Call) -> ast.expr | None:
    """The list that a call is given, there or by a variable that it alone reads."""
    given = argument(call, 0, "args")
    if not isinstance(given, ast.Name):
        return given
    within = scope(code, call)
    assigned = bindings(code, within, given.id)
    if assigned is None or len(assigned) != 1 or len(loads(within, given.id)) != 1:
        return given
    return assigned[0].value if isinstance(assigned[0], ast.Assign) else given


def _given_to_shell(given: ast.expr | None) -> ast.expr | None:
    """The command of `["sh", "-c", command]`."""
    if not isinstance(given, ast.List | ast.Tuple) or len(given.elts) != 3:
        return None
    program, option = (
        item.value if isinstance(item, ast.Constant) else "" for item in given.elts[:2]
    )
    is_shell = str(program).rpartition("/")[2] in ("sh", "bash", "dash", "zsh")
    return given.elts[2] if is_shell and option == "-c" else None


def _written(code: Code, call: ast.Call, given: ast.expr) -> tuple[ast.expr, Template | None, bool]:
    """Where the command is written, what it is made of, and whether the call alone reads it."""
    if isinstance(given, ast.List) and len(given.elts) == 1:
        return given, template(code, given.elts[0]), True
    if not isinstance(given, ast.Name):
        return given, template(code, given), True
    assigned = bindings(code, scope(code, call), given.id)
    if assigned is None or len(assigned) != 1 or assigned[0].lineno > call.lineno:
        return given, None, False
    value = assigned[0].value if isinstance(assigned[0], ast.Assign | ast.AnnAssign) else None
    if value is None:
        return given, None, False
    is_own = len(loads(scope(code, call), given.id)) == 1
    return value, template(code, value), is_own


def _joined(code: Code, call: ast.Call, given: ast.expr) -> Fix | None:
    """The list of `" ".join(list)`."""
    if not (isinstance(given, ast.Call) and code.source(given.func) in ("' '.join", '" ".join')):
        return None
    words_of = given.args[0] if len(given.args) == 1 else None
    if not isinstance(words_of, ast.List | ast.Tuple) or not words_of.elts:
        return None
    for element in words_of.elts:
        written = element.value if isinstance(element, ast.Constant) else "x"
        made = template(code, element) if isinstance(element, ast.Constant) else None
        if not isinstance(written, str) or (made is not None and len(words(made.parts) or ()) != 1):
            return None
    if not isinstance(words_of.elts[0], ast.Constant):
        return None
    if is_run([str(e.value) if isinstance(e, ast.Constant) else "\0" for e in words_of.elts]):
        return None
    listed = f"[{', '.join(source(code, element) for element in words_of.elts)}]"
    return _as_list(code, call, given, given, listed)


def _as_list(
    code: Code, call: ast.Call, given: ast.expr, written: ast.expr, listed: str
) -> Fix | None:
    name = code.name(call.func)
    command = replaced(code, written, listed)
    if name in _SUBPROCESS:
        shell = keyword(call, "shell")
        if shell is None:
            whole = code.parent(given)
            is_own_text = isinstance(whole, ast.List | ast.Tuple) and written is given
            return fix(_TITLE, replaced(code, whole, listed)) if whole and is_own_text else None
        if keyword(call, "executable") is not None:
            return None
        return fix(_TITLE, command, without_argument(code, call, shell))
    if name in _SYSTEM and not _is_only_zero_or_not(code, call):
        return None
    reached = _reached(code, call, "call" if name in _SYSTEM else "run")
    if reached is None:
        return None
    said = listed if written is given else source(code, given)
    if name in _SYSTEM:
        whole, text = call, f"{reached.text}({said})"
    else:
        answer = _answer(code, call, reached.text, said)
        if answer is None:
            return None
        whole, text = answer
    edits = [Edit(code.span(whole), text)]
    if written is not given:
        edits.append(command)
    return fix(_TITLE, *reached.edits, *edits)


def _is_only_zero_or_not(code: Code, call: ast.expr) -> bool:
    """Whether of a status only that it is zero is asked: `system` shifts it, `call` does not."""
    above = code.parent(call)
    if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
        within, name = scope(code, call), above.targets[0].id
        used = loads(within, name)
        is_own = bindings(code, within, name) == [above] and len(above.targets) == 1
        is_seen = is_own and code.function(call) is not None and bool(used)
        return is_seen and all(_is_only_zero_or_not(code, one) for one in used)
    if isinstance(above, ast.Compare):
        is_plain = isinstance(above.ops[0], ast.Eq | ast.NotEq) and len(above.ops) == 1
        other = above.comparators[0] if above.left is call else above.left
        return is_plain and isinstance(other, ast.Constant) and other.value == 0
    if isinstance(above, ast.UnaryOp):
        return isinstance(above.op, ast.Not)
    if isinstance(above, ast.If | ast.While | ast.IfExp):
        return above.test is call
    return isinstance(above, ast.Expr)


def _is_given_words(code: Code, hole: Hole) -> bool:
    """Whether the file gives a value more than one word, whatever it is called."""
    if not isinstance(hole.value, ast.Name) or holds_several(hole):
        return False
    return any(
        isinstance(value, ast.Constant)
        and isinstance(value.value, str)
        and holds_words(value.value)
        for value in values(code, hole.value)
    )


def _reached(code: Code, call: ast.Call, name: str) -> Reached | None:
    return reach(code, call, "subprocess", name)


def _answer(code: Code, call: ast.Call, run: str, command: str) -> tuple[ast.Call, str] | None:
    """`os.popen(...).read()` and `getoutput(...)` by way of `run`."""
    module = run.rpartition(".")[0]
    if not module:
        return None
    if code.name(call.func) in _OUTPUTS:
        pipes = f"stdout={module}.PIPE, stderr={module}.STDOUT, text=True"
        return call, f'{run}({command}, {pipes}).stdout.removesuffix("\\n")'
    method = code.parent(call)
    outer = code.parent(method) if isinstance(method, ast.Attribute) else None
    if not isinstance(method, ast.Attribute) or not isinstance(outer, ast.Call) or outer.args:
        return None
    if outer.func is not method or len(call.args) != 1:
        return None
    ends = {"read": "", "readlines": ".splitlines(keepends=True)"}
    if method.attr not in ends:
        return None
    return outer, f"{run}({command}, stdout={module}.PIPE, text=True).stdout{ends[method.attr]}"


def _quoted(code: Code, call: ast.Call, made: Template) -> Fix | None:
    edits = quoting(code, call, made)
    return None if edits is None else fix(_QUOTED, *edits)


def _elsewhere(code: Code, call: ast.Call, given: ast.expr) -> Fix | None:
    """A command that is written in several places of the function, or by its callers."""
    if not isinstance(given, ast.Name):
        return None
    quoted = quoted_in_each(code, call, given)
    if quoted is not None:
        return fix(_QUOTED, *quoted)
    edits = quoted_by_callers(code, given)
    reached = reach(code, call, "shlex", "split")
    if edits is None or reached is None:
        return None
    mended = _as_list(code, call, given, given, f"{reached.text}({given.id})")
    return mended and fix(mended.title, *dict.fromkeys((*edits, *reached.edits, *mended.edits)))
