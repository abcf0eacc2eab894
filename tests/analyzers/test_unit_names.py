"""Units have to do with each other through names."""

from __future__ import annotations

from analyzers.unit_names import used_by, users_of
from analyzers.units import Unit, split

TEXT = """\
def f(): pass
class A:
    def __init__(self): self.kept = 1
    def g(self): f()
    def h(self): self.g()
    def i(self): return self.kept
def a(x): return x.g()
def b(): return A()
def c(): return A().g()
"""


def units(*starts: str) -> list[Unit]:
    """Those that begin so."""
    return [unit for unit in split(TEXT) if unit.text.strip().startswith(starts)]


def names(found: list[Unit]) -> set[str]:
    """What they define."""
    return {name for unit in found for name in unit.facts.defines}


def test_a_function_is_used_by_its_name() -> None:
    uses = users_of(units("def f"))
    assert names([unit for unit in split(TEXT) if uses(unit)]) == {"f", "g"}


def test_a_member_is_used_in_its_class_and_where_the_class_is_named() -> None:
    uses = users_of(units("def g"))
    assert names([unit for unit in split(TEXT) if uses(unit)]) == {"h", "c"}


def test_the_initialiser_is_used_by_who_makes_an_object_and_who_reads_its_fields() -> None:
    uses = users_of(units("def __init__"))
    assert names([unit for unit in split(TEXT) if uses(unit)]) >= {"i", "b", "c"}


def test_the_other_way_round_it_is_the_same() -> None:
    for user in split(TEXT):
        for other in split(TEXT):
            if user.is_head or other.is_head or user is other:
                continue
            assert used_by([user])(other) == users_of([other])(user)
