from __future__ import annotations

import ast
import textwrap

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.flow.callers import of_focus
from analyzers.rules.python import command_injection

_TEXT = textwrap.dedent(
    """\
    import os
    from flask import Flask, request
    app = Flask(__name__)

    def run(host):
        os.system("ping " + host)

    def between(host):
        return run(host)

    @app.get("/")
    def route():
        return between(request.args["host"])

    def apart(running, it):
        return it.run + running

    class Job:
        def start(self):
            return self.step()

        def step(self):
            return 1

    def starts():
        return Job().start()
    """
)


def focused(name: str | None, text: str = _TEXT) -> Code:
    tree = ast.parse(text)
    code = Code(text, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return Code(text, tree, code.span(node))
    return code


def callers(name: str | None) -> set[str]:
    return {node.name for node in of_focus(focused(name)) if isinstance(node, ast.FunctionDef)}


def test_callers_of_callers_are_found() -> None:
    assert callers("run") == {"between", "route"}


def test_a_function_that_nobody_names_has_no_callers() -> None:
    assert callers("route") == set()


def test_a_method_has_those_that_call_it_and_those_that_make_its_object() -> None:
    assert callers("step") == {"start", "starts"}


def test_without_a_focus_there_is_nobody_to_look_for() -> None:
    assert callers(None) == set()


def test_of_many_callers_some_are_taken() -> None:
    text = "def it(): pass\n" + "".join(f"def f{n}(): it()\n" for n in range(50))
    assert 0 < len(of_focus(focused("it", text))) < 50


def test_a_finding_in_focus_is_as_sure_as_in_the_whole() -> None:
    def found(code: Code) -> list[Finding]:
        return list(command_injection.find(code))

    whole, near = found(focused(None)), found(focused("run"))
    assert [f.confidence for f in whole] == ["high"]
    assert [(f.span, f.confidence) for f in near] == [(f.span, f.confidence) for f in whole]
