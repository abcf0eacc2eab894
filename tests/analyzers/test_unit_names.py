"""Units have to do with each other through names."""

from __future__ import annotations

from analyzers.unit_names import families, used_by, users_of
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


def test_a_name_of_its_own_is_not_the_others() -> None:
    text = "def f(): pass\ndef a(f): return f()\ndef b(): return f\ndef c(): return x.f\n"
    f, *others = split(text)
    uses = users_of([f])
    assert [uses(unit) for unit in others] == [False, True, False]


def test_a_name_in_a_text_uses_nothing_but_in_an_annotation() -> None:
    text = "class A: pass\ndef a(): return 'A', 'an A'\ndef b(x: 'A | None'): pass\n"
    text += "def c(): return f'{A.x}'\n"
    owner, *others = split(text)
    uses = users_of([owner])
    assert [uses(unit) for unit in others] == [False, True, True]


def test_who_inherits_uses_what_the_bases_define_and_the_other_way_round() -> None:
    text = "class A:\n    x = 1\n    def f(self): self.hook()\n"
    text += "class B(A):\n    y = 1\n    def hook(self): pass\n    def g(self): self.f()\n"
    found = split(text)
    kin = families(found)
    f = [unit for unit in found if "f" in unit.facts.defines]
    assert names([unit for unit in found if users_of(f, kin)(unit)]) == {"g"}
    assert names([unit for unit in found if used_by(f, kin)(unit)]) == {"hook"}
    assert not any(users_of(f)(unit) for unit in found)


def test_what_adds_to_a_field_defines_it() -> None:
    text = "class A:\n    x = 1\n    def f(self, y): self.kept.append(y)\n"
    (f,) = (unit for unit in split(text) if "f" in unit.facts.defines)
    assert f.facts.fields == {"kept"}
