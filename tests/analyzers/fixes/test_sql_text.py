"""Values in a query are told from names, by what stands before and after them."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.fixes.sql_text import slots
from analyzers.fixes.templates import template


def _values(text: str) -> list[str] | None:
    source = f"f{text!r}"
    code = Code(source, ast.parse(source))
    statement = code.tree.body[0]
    assert isinstance(statement, ast.Expr)
    made = template(code, statement.value)
    assert made is not None
    found = slots(made.parts)
    return None if found is None else [slot.value for slot in found]


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("SELECT a FROM t WHERE b = {x} AND c<>{y}", ["x", "y"]),
        ("select a from t where b like {x}", ["x"]),
        ("SELECT a FROM {t} JOIN {u} ON a = {x}", ["x"]),
        ("SELECT {a} FROM t WHERE {b} = {x} ORDER BY {c}", ["x"]),
        ("UPDATE {t} SET {a} = {x}, b = {y}", ["x", "y"]),
        ("INSERT INTO t ({a}, b) VALUES ({x}, lower({y}))", ["x", "y"]),
        ("SELECT a FROM t WHERE b BETWEEN {x} AND {y} AND {c}", ["x", "y"]),
        ("SELECT a FROM t WHERE ({b} = {x} OR c + {y} > 2)", ["x", "y"]),
        ("SELECT a FROM t WHERE b = 'it''s' AND c = {x}", ["x"]),
        ("SELECT a FROM t WHERE b = pre_{x}", []),
        ("SELECT a FROM t WHERE b = {x}_post", []),
        ("SELECT a FROM t GROUP BY {x} HAVING count(*) > {y}", ["y"]),
        ("DELETE FROM t WHERE a IN ({x}, {y})", ["x", "y"]),
        ("SELECT a FROM t WHERE b IN {x}", None),
        ("SELECT a FROM t WHERE b = '{x}", None),
        ("SELECT a FROM t WHERE b = '{x:>3}'", None),
        ("SELECT a FROM t WHERE b > now() - interval '{x} days'", None),
        ("SELECT a FROM t WHERE b = E'{x}'", None),
        ("SELECT a FROM t LIMIT {x}", ["int(x)"]),
        ("SELECT a FROM t WHERE b = '{x} {y}!'", ['f"{x} {y}!"']),
    ],
)
def test_values_are_those_that_a_driver_can_bind(query: str, values: list[str] | None) -> None:
    """None where one of them cannot be bound as it is used."""
    assert _values(query) == values
