from __future__ import annotations

import textwrap

import pytest

from tests.analyzers.flow.conftest import Judge

_SAFE = {
    "a branch that is never taken": """
        used = "ls"
        if 1 + 1 == 3:
            used = name
        """,
    "a name that is written over": """
        used = name
        used = "ls"
        """,
    "a case that is never taken": """
        match "abc"[1]:
            case "a":
                used = name
            case "b" | "c":
                used = "ls"
            case _:
                used = name
        """,
    "a case of constants": """
        used = "ls"
        match name:
            case "a" | "b":
                used = name
        """,
    "a loop that is never entered": """
        used = "ls"
        for value in []:
            used = name
        while False:
            used = name
        """,
    "what follows a raise": """
        used = "ls"
        if other:
            used = name
            raise ValueError(used)
        """,
    "a loop that only counts": """
        used = 0
        for _ in name:
            used += 1
        used = str(used)
        """,
    "two ways with constants": """
        if name:
            used = "ls"
        elif other:
            used = "pwd"
        else:
            used = "id"
        """,
    "deletion": """
        held = ["ls", name]
        del held[1]
        used = " ".join(held)
        """,
    "an exit": """
        used = "ls"
        if other:
            used = name
            app.abort(400)
        """,
    "a local of another function": """
        def inner():
            used = name
            return used
        used = "ls"
        inner()
        """,
}
_UNSAFE = {
    "either branch": """
        used = "ls"
        if other:
            used = name
        """,
    "a loop that carries over": """
        used = last = "ls"
        for part in name.split():
            used = last
            last = part
        """,
    "a while loop": """
        used = ""
        while len(used) < 9:
            used += name
        """,
    "a loop that is broken off": """
        used = "ls"
        for value in ("a", name):
            used = value
            break
        """,
    "the else of a loop": """
        for value in ("a", "b"):
            pass
        else:
            used = name
        """,
    "try": """
        used = "ls"
        try:
            used = name
            int("x")
        except ValueError:
            pass
        """,
    "finally": """
        used = "ls"
        try:
            pass
        finally:
            used = name
        """,
    "with": """
        with open("x") as file:
            used = name
        """,
    "a match that binds": """
        match (other, name):
            case (_, used):
                pass
        """,
    "a match on a mapping": """
        match {"a": name}:
            case {"a": used}:
                pass
        """,
    "nonlocal": """
        used = "ls"
        def inner():
            nonlocal used
            used = name
        inner()
        """,
    "an annotated name": """
        used: str = name
        """,
    "an augmented name": """
        used = "ls "
        used += name
        """,
    "an augmented item": """
        held = {"a": "ls "}
        held["a"] += name
        used = held["a"]
        """,
    "a closure": """
        def inner():
            return "ls " + name
        used = inner()
        """,
    "an object": """
        class Holder:
            def __init__(self, value):
                self.value = value
            def shown(self):
                return "ls " + self.value
        used = Holder(name).shown()
        """,
    "a generator": """
        def inner():
            yield "ls"
            yield name
        used = ""
        for part in inner():
            used += part
        """,
    "star arguments": """
        def inner(*parts, **named):
            return parts[1] + named["x"]
        used = inner("ls", name, x="")
        """,
    "recursion": """
        def inner(value, depth):
            return value if depth == 0 else inner(value, depth - 1)
        used = inner(name, 3)
        """,
}


@pytest.mark.parametrize("case", _SAFE)
def test_what_cannot_hold_anything_of_the_request_is_let_through(judge: Judge, case: str) -> None:
    assert judge(textwrap.dedent(_SAFE[case]) + "os.system(used)") == []


@pytest.mark.parametrize("case", _UNSAFE)
def test_what_may_hold_something_of_the_request_is_found(judge: Judge, case: str) -> None:
    assert judge(textwrap.dedent(_UNSAFE[case]) + "os.system(used)") == ["high"]
