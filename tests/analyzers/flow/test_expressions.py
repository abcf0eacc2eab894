from __future__ import annotations

import pytest

from tests.analyzers.flow.conftest import Judge

_SAFE = (
    '"ls"',
    '"ls" + " -l"',
    '"ls" if 2 * 3 > 5 else name',
    'name if "x" in "abc" else "ls"',
    '"ls" or name',
    '"" and name',
    'f"sleep {int(name)}"',
    'f"sleep {len(name):d}"',
    '"sleep %d" % float(name)',
    '"sleep %d" % name',
    '"sleep {:d}".format(name)',
    'f"sleep {name:d}"',
    '"sleep {:.2f}".format(float(name))',
    '"%(a)s" % {"a": "ls", "b": name}',
    '"{a}".format(a="ls", b=name)',
    '"{1}".format(name, "ls")',
    '("ls", name)[0]',
    '{"a": "ls"}[name]',
    '["ls", "pwd"][int(name)]',
    '("ls " + name)[:2]',
    '("ls " + name)[0:len("ls")]',
    '(name + " && ls")[-2:]',
    '"abc"[1]',
    '"ls pwd".split()[0]',
    '" ".join(["ls", "-l"])',
    '"ls".replace("l", "x").upper()',
    '(lambda value: "ls")(name)',
    '"?" * len(name)',
    "str(name == other)",
    "str(not name)",
    "hashlib.sha256(name.encode()).hexdigest()",
    "shlex.quote(name)",
    'shlex.join(["ls"])',
    "str(uuid.UUID(name))",
    '"-".join("x" for _ in name)',
)
_UNSAFE = (
    "name",
    '"ls " + name',
    '"ls %s" % name',
    '"ls %s %s" % ("x", name)',
    '"ls {}".format(name)',
    '"ls {x}".format(x=name)',
    'f"ls {name!r}"',
    'f"ls {name:>10}"',
    'f"ls {name.upper()}"',
    '" ".join(["ls", name])',
    '" ".join(("ls", *[name]))',
    "name.strip().lower()",
    "name.split(',')[0]",
    "name[1:]",
    "name[::-1]",
    'name.encode().decode("latin-1")',
    "base64.b64decode(base64.b64encode(name.encode())).decode()",
    "urllib.parse.unquote(urllib.parse.quote(name))",
    'name or "ls"',
    '"ls" if other else name',
    "(lambda value: value + 'x')(name)",
    "next(iter([name]))",
    "str(name)",
    "copy.copy(name)",
    "textwrap.dedent(name)",
    "''.join(reversed(name))",
    "''.join(map(str.upper, [name]))",
    "''.join(sorted([name]))",
    "max(name, other)",
    "json.loads(name)['x']",
    "re.sub('a', 'b', name)",
    "os.path.join('/tmp', name)",
    "html.escape(name)",
    "(x := name)",
    "[part for part in [name] if part][0]",
    "{'a': name}['a']",
    "(name + ' && ls')[:-2]",
    "shlex.quote(name) + other",
)
_TOP = "import base64, copy, hashlib, html, json, re, shlex, textwrap, urllib.parse, uuid\n"


@pytest.mark.parametrize("expression", _SAFE)
def test_an_expression_that_holds_nothing_of_the_request_is_let_through(
    judge: Judge, expression: str
) -> None:
    assert judge(f"os.system({expression})", _TOP) == []


@pytest.mark.parametrize("expression", _UNSAFE)
def test_an_expression_that_holds_something_of_the_request_is_found(
    judge: Judge, expression: str
) -> None:
    assert judge(f"os.system({expression})", _TOP) == ["high"]


def test_what_came_through_a_function_that_is_not_in_the_file_is_less_sure(judge: Judge) -> None:
    assert judge("os.system(elsewhere(name))") == ["medium"]
    assert judge("os.system(elsewhere.sanitize_for_shell(name))") == []
    assert judge("os.system(elsewhere.Wrapped(request).first('a'))") == ["medium"]
    assert judge("os.system(elsewhere.Wrapped(request).safe_text('a'))") == []
    assert judge("os.system(elsewhere.path_of('a'))") == []


def test_a_long_chain_of_additions_is_followed(judge: Judge) -> None:
    assert judge("os.system(" + "'a' + " * 400 + "name)") == ["high"]
