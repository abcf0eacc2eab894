"""What is read when a part of a text changes."""

from __future__ import annotations

import ast

from analyzers.changes import locate
from analyzers.composition import frame_of
from analyzers.delta import Insertion
from analyzers.finding import Span
from analyzers.frames import Composition

DOCUMENT = """\
import os
from flask import request

LIMIT = 3


def unrelated():
    import json
    return json


def run(command):
    os.system(command)


class View:
    def __init__(self):
        self.name = request.args["n"]

    def get(self):
        pass

    def other(self):
        return 1


def page():
    run(request.args["c"])
"""


def composed(before: str, text: str) -> Composition:
    """What is read for a text that is inserted behind `before`."""
    at = DOCUMENT.index(before) + len(before)
    insertion = Insertion(Span(at, at), text)
    composition = frame_of(locate(DOCUMENT, insertion)).filled(text)
    ast.parse(composition.pieces.text)
    return composition


def test_what_has_nothing_to_do_with_it_is_left_out_but_its_imports() -> None:
    text = composed("return 1", " + LIMIT").pieces.text
    assert "LIMIT = 3" in text
    assert "import json" in text
    assert "unrelated" not in text
    assert "page" not in text


def test_a_member_stands_in_its_class() -> None:
    text = composed("def get(self):\n        ", "print(self.name)\n        ").pieces.text
    classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert [node.name for node in classes] == ["View"]
    names = [node.name for node in classes[0].body if isinstance(node, ast.FunctionDef)]
    assert names == ["__init__", "get"]


def test_a_caller_that_brings_data_is_affected() -> None:
    composition = composed("os.system(command", " + 'x'")
    places = [composition.pieces.text[span.start : span.end] for span in composition.focus]
    assert any("def page" in place for place in places)
    assert any("def run" in place for place in places)


def test_a_new_meaning_of_a_name_affects_its_users() -> None:
    composition = composed("LIMIT = 3\n", "from subprocess import call as run\n")
    places = [composition.pieces.text[span.start : span.end] for span in composition.focus]
    assert any("def page" in place for place in places)


def test_places_in_the_composition_are_those_of_the_text() -> None:
    text = "x = LIMIT + len(self.name)\n        "
    before = "def get(self):\n        "
    composition = composed(before, text)
    whole = DOCUMENT.replace(before, before + text)
    at = composition.pieces.text.index("x = LIMIT")
    there = composition.pieces.span_there(Span(at, at + 9))
    assert whole[there.start : there.end] == "x = LIMIT"
    at = composition.pieces.text.index("self.name = ")
    there = composition.pieces.span_there(Span(at, at + 9))
    assert whole[there.start : there.end] == "self.name"


def test_a_prefix_is_read_in_the_same_surroundings() -> None:
    at = DOCUMENT.index("pass")
    frame = frame_of(locate(DOCUMENT, Insertion(Span(at, at), "a = LIMIT\n        ")))
    shorter = frame.filled("a = ")
    assert "a = pass" in shorter.pieces.text
    place = shorter.pieces.text.index("return 1") if "return 1" in shorter.pieces.text else None
    assert place is None or shorter.pieces.there(place) == DOCUMENT.index("return 1") + 4


def test_a_file_with_a_broken_part_is_not_read_whole() -> None:
    assert composed("return 1", "0").is_whole
    at = DOCUMENT.index("return 1")
    broken = DOCUMENT.replace("def unrelated():", "def unrelated(:")
    at = broken.index("return 1")
    insertion = Insertion(Span(at, at), "x = 1\n        ")
    assert not frame_of(locate(broken, insertion)).filled(insertion.text).is_whole


def test_a_class_that_is_only_named_is_opened() -> None:
    document = "class A(Base):\n    x = 1\n\n    y = 2\n\n\ndef f():\n    HERE\n"
    at = document.index("HERE")
    insertion = Insertion(Span(at, at + 4), "return A")
    composition = frame_of(locate(document, insertion)).filled(insertion.text)
    assert "class A(Base):" in composition.pieces.text
    ast.parse(composition.pieces.text)
