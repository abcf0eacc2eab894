from __future__ import annotations

import textwrap

import pytest

from tests.analyzers.flow.conftest import Judge

_TOP = """
import collections, configparser, io, queue
"""
# Each makes `safe` of what is constant in a container and `bad` of what came with the request.
_CASES = {
    "keys of a dictionary": """
        held = {"a": "ls", "b": name}
        safe, bad = held["a"], held["b"]
        """,
    "get with a default": """
        held = {"a": "ls"}
        safe, bad = held.get("a", name), held.get("b", name)
        """,
    "a key that is written over": """
        held = {"a": name, "b": name}
        held["a"] = "ls"
        safe, bad = held["a"], held["b"]
        """,
    "update and unpacking": """
        held = {"a": "ls"}
        held.update(b=name)
        more = {**held, "c": "ls"}
        safe, bad = more["c"], more["b"]
        """,
    "pop of a key": """
        held = {"a": "ls", "b": name}
        bad = held.pop("b")
        safe = " ".join(held.values())
        """,
    "positions of a list": """
        held = ["ls"]
        held.append(name)
        safe, bad = held[0], held[-1]
        """,
    "pop and insert": """
        held = ["x", name, "ls"]
        held.pop(0)
        held.insert(0, "y")
        safe, bad = held[2], held[1]
        """,
    "slices": """
        held = ["ls", name, "pwd"]
        safe, bad = held[:1][0], held[1:][0]
        """,
    "extend and addition": """
        held = ["ls"] + [name]
        held += ["pwd"]
        safe, bad = held[2], held[1]
        """,
    "unpacking": """
        safe, (bad, _) = ("ls", (name, "x"))
        """,
    "a star": """
        safe, *rest = ["ls", name]
        bad = rest[0]
        """,
    "a copy that is not changed": """
        held = ["ls"]
        copied = list(held)
        copied[0] = name
        safe, bad = held[0], copied[0]
        """,
    "two names of one list": """
        held = ["ls", "pwd"]
        same = held
        same[1] = name
        safe, bad = held[0], held[1]
        """,
    "nested": """
        held = {"a": [{"b": name, "c": "ls"}]}
        safe, bad = held["a"][0]["c"], held["a"][0]["b"]
        """,
    "a deque": """
        held = collections.deque(["ls", name])
        safe, bad = held.popleft(), held.popleft()
        """,
    "a queue": """
        held = queue.Queue()
        held.put("ls")
        held.put(name)
        safe, bad = held.get(), held.get()
        """,
    "a stack": """
        held = queue.LifoQueue()
        held.put("ls")
        held.put(name)
        bad, safe = held.get(), held.get()
        """,
    "sections": """
        held = configparser.ConfigParser()
        held.add_section("s")
        held.set("s", "a", "ls")
        held.set("s", "b", name)
        safe, bad = held.get("s", "a"), held["s"]["b"]
        """,
    "a text that is written": """
        held, other_held = io.StringIO(), io.StringIO()
        held.write("ls ")
        other_held.write(name)
        safe, bad = held.getvalue(), other_held.getvalue()
        """,
    "a default dictionary": """
        held = collections.defaultdict(list)
        held["a"].append("ls")
        held["b"].append(name)
        safe, bad = held["a"][0], held["b"][0]
        """,
    "comprehensions": """
        safe = " ".join(part.upper() for part in ["ls", "pwd"])
        bad = " ".join([part for part in name.split()])
        """,
    "loops over pairs": """
        safe = bad = ""
        for key, value in {"a": "ls"}.items():
            safe += key + value
        for number, value in enumerate([name]):
            bad += value
        """,
    "zip": """
        safe = bad = ""
        for left, right in zip(["ls"], [name]):
            safe, bad = left, right
        """,
}


@pytest.mark.parametrize("case", _CASES)
def test_what_is_constant_in_a_container_is_told_from_what_is_not(judge: Judge, case: str) -> None:
    body = textwrap.dedent(_CASES[case])
    assert judge(body + "os.system(safe)", _TOP) == []
    assert judge(body + "os.system(bad)", _TOP) == ["high"]
