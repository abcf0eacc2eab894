"""The definition is `ast.parse`: what the host reads must come out the same when it is lowered."""

from __future__ import annotations

import ast
import sysconfig
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.reading.layout import READS_MODERN_STRINGS
from analyzers.reading.parsing import Problem, lower, parse
from analyzers.reading.places import PLACED
from tests.analyzers.samples import some_of
from tests.conftest import SHARED_DATA

OLD_HOST = pytest.mark.skipif(
    READS_MODERN_STRINGS, reason="the host reads these f-strings, with places of its own"
)
ROOT = Path(__file__).resolve().parents[3]
STANDARD = sorted(
    path
    for path in Path(sysconfig.get_path("stdlib")).rglob("*.py")
    if not {"site-packages", "lib2to3"} & set(path.parts)
)


def _dump(tree: ast.Module) -> str:
    """Everything with its place, but for what Python 3.11 misplaces inside f-strings.

    It counts brackets that are not there to a bare tuple, and of strings side by side it gives a
    format specification the place of some.
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.FormattedValue):
            continue
        misplaced: list[ast.expr] = [node.value] if isinstance(node.value, ast.Tuple) else []
        if isinstance(node.format_spec, ast.JoinedStr):
            misplaced += [node.format_spec, *node.format_spec.values]
        for expression in misplaced:
            expression.lineno = expression.col_offset = 0
            expression.end_lineno = expression.end_col_offset = 0
    return ast.dump(tree, include_attributes=True)


def _host(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError):
            return None


def _differing(paths: list[Path]) -> tuple[int, list[str]]:
    n_compared, different = 0, []
    for path in paths:
        try:
            with path.open(encoding="utf-8", newline="") as file:
                text = file.read()
        except UnicodeDecodeError:
            continue
        host = _host(text)
        if host is None:
            continue
        n_compared += 1
        if _dump(lower(text)) != _dump(host):
            different.append(str(path))
    return n_compared, different


@OLD_HOST
def test_the_standard_library_comes_out_as_the_host_reads_it() -> None:
    n_compared, different = _differing(some_of(STANDARD, 40))
    assert n_compared >= 35
    assert different == []


@OLD_HOST
def test_this_project_comes_out_as_the_host_reads_it() -> None:
    n_compared, different = _differing(some_of(sorted(ROOT.glob("*/**/*.py")), 60))
    assert n_compared >= 50
    assert different == []


@OLD_HOST
def test_the_examples_of_bandit_come_out_as_the_host_reads_them() -> None:
    folder = SHARED_DATA / "bandit_examples" / "examples"
    if not folder.is_dir():
        pytest.skip("../shared/data holds no bandit_examples")
    n_compared, different = _differing(some_of(sorted(folder.rglob("*.py")), 40))
    assert n_compared >= 25
    assert different == []


def test_every_file_of_the_labelled_benchmark_has_a_tree() -> None:
    folder = SHARED_DATA / "owasp_benchmark_python_even" / "testcode"
    if not folder.is_dir():
        pytest.skip("../shared/data holds no owasp_benchmark_python_even")
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))]
    assert len(texts) == 621
    assert [tree for tree in map(parse, texts) if isinstance(tree, Problem)] == []


# Each pair is one program, in newer syntax and in older of the same layout.
TWINS = [
    ("x = f'{a['b']}' + y", "x = f\"{a['b']}\" + y"),
    ("x = f'{f'{a}'}' + y", "x = f\"{f'{a}'}\" + y"),
    ("x = ('a'\n f'{b['c']!r:>{d}}' 'é' f'{e=}')", "x = ('a'\n f\"{b['c']!r:>{d}}\" 'é' f'{e=}')"),
    ("x = f'é{ü['ß'].f(1)}' + y", "x = f\"é{ü['ß'].f(1)}\" + y"),
    ("x = f'{a['b']:{c}x}{d['e']=:5}'", "x = f\"{a['b']:{c}x}{d['e']=:5}\""),
    ("x = f'{a['b']!r}{\nc\n}'", 'x = f"""{a[\'b\']!r}{\nc\n}"""'),
    ("x = t'{a}'", "x = f'{a}'"),
    ("def f[T: int = str](x): pass", "def f               (x): pass"),
    ("class A[T](B): pass", "class A   (B): pass"),
    ("x = [*a for a in b]", "x = [ a for a in b]"),
]


@OLD_HOST
@pytest.mark.parametrize(("new", "old"), TWINS)
def test_newer_syntax_has_the_tree_of_its_older_twin(new: str, old: str) -> None:
    tree = parse(new)
    assert isinstance(tree, ast.Module)
    if len(new) == len(old):
        assert _dump(tree) == _dump(ast.parse(old))
    else:
        assert ast.dump(tree) == ast.dump(ast.parse(old))


@OLD_HOST
def test_expressions_in_a_field_stand_where_they_are_written() -> None:
    text = 'x = 1\ny = f\'ß{\n  a[\'b\'] # c\n}\' + f"""\n{g("h", \'i\')} {k, l}"""\n'
    tree = parse(text)
    assert isinstance(tree, ast.Module)
    parts = {
        ast.get_source_segment(text, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript | ast.Call | ast.Tuple | ast.BinOp)
    }
    assert {"a['b']", "g(\"h\", 'i')", "k, l"} < parts
    assert text.partition("y = ")[2].rstrip() in parts


def test_an_alias_becomes_an_assignment() -> None:
    tree = parse("type X[T] = list[T]")
    assert isinstance(tree, ast.Module)
    assert ast.unparse(tree) == "X = list[T]"
    (statement,) = tree.body
    assert (statement.col_offset, statement.end_col_offset) == (0, 19)


def test_exceptions_without_brackets_become_a_tuple() -> None:
    tree = parse("try: pass\nexcept A, B.c: pass")
    assert isinstance(tree, ast.Module)
    (caught,) = (node for node in ast.walk(tree) if isinstance(node, ast.Tuple))
    assert ast.unparse(caught) == "(A, B.c)"
    assert (caught.lineno, caught.col_offset, caught.end_col_offset) == (2, 7, 13)


def test_a_lazy_import_is_an_import() -> None:
    tree = parse("lazy import a\nlazy from b import c\nx = lazy")
    assert isinstance(tree, ast.Module)
    assert ast.unparse(tree) == "import a\nfrom b import c\nx = lazy"
    assert [statement.col_offset for statement in tree.body] == [0, 0, 0]


def test_a_byte_order_mark_moves_the_first_line_alone() -> None:
    tree = parse("\ufeffx = y\nz = 1")
    assert isinstance(tree, ast.Module)
    assert [statement.col_offset for statement in tree.body] == [3, 0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\ny = (", 2),
        ("x = 1\n\ny = f'{a b['c']}'", 3),
        ("x = 1\ny = f'{a['b']}' + f'{", 2),
        ("x = f'''\n{\na['''b'''] c}'''", 3),
        ("x = 1\ny = '\0'", 2),
        ("x = f'{}'", 1),
        ("x = '\ud800'", 1),
    ],
)
def test_a_problem_says_the_line(text: str, line: int) -> None:
    problem = parse(text)
    assert isinstance(problem, Problem)
    assert problem.line == line
    assert str(problem) == f"{problem.message} (line {line})"


@pytest.mark.parametrize(
    "text",
    [
        *("(" * 50_000, "-" * 50_000 + "1", "a." * 50_000 + "a", "1+" * 50_000 + "1"),
        *("f'{" * 50_000, "f'{" * 60 + "1" + "}'" * 60, "f'{a:" * 300, "not " * 50_000 + "a"),
    ],
    ids=lambda text: text[:6],
)
def test_deep_nesting_is_a_problem_and_no_crash(text: str) -> None:
    assert isinstance(parse(text), Problem)


WORDS = st.sampled_from(
    [
        *("f'", "'", '"', 't"', "rf'", "{", "}", "{{", "!r", ":", "=", "a", "b['c']", "(", ")"),
        *("[", "]", "#", "\n", "\\", "\\N{", "\r\n", "  ", "lambda", "é", "\0", ",", "*", "for"),
        *("type X", "def f[", "except A, B:", "lazy import a", "class A[T]", "try:\n ", "in"),
        *("\ufeff", "\ud800", '"""', 'f"""'),
    ]
)


@given(st.lists(WORDS, max_size=25).map("".join))
def test_nothing_raises(text: str) -> None:
    tree = parse(text)
    if isinstance(tree, Problem):
        assert _host(text) is None
        return
    n_lines = text.count("\n") + text.count("\r") + 1
    for node in ast.walk(tree):
        if isinstance(node, PLACED):
            assert 1 <= node.lineno <= (node.end_lineno or 0) <= n_lines


FIELDS = st.sampled_from(["a", "a.b(c)", "(x, y)", "[i for i in j]", "a if b else c", "{1: 2}[1]"])


@OLD_HOST
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "é ", "{{", "\\n", "\\x41", "}}"]),
            FIELDS,
            st.sampled_from(["", "=", " = "]),
            st.sampled_from(["", "!r", "!s"]),
            st.sampled_from(["", ":", ":>10", ":{w}", ":{w!r}.{p}f"]),
        ),
        max_size=4,
    ),
    st.sampled_from(["f'", "F'", "rf'", 'f"""', "fR'"]),
    st.sampled_from(["", "'k' ", "u'k' "]),
)
def test_any_f_string_of_the_host_comes_out_the_same(
    parts: list[tuple[str, str, str, str, str]], opening: str, before: str
) -> None:
    inside = "".join(f"{text}{{ {a}{eq}{conv}{spec}}}" for text, a, eq, conv, spec in parts)
    quote = opening.lstrip("fFrR")
    text = f"x = [\n é, {before}{opening}{inside}{quote} 'l']\n"
    host = _host(text)
    if host is not None:
        assert _dump(lower(text)) == _dump(host)
