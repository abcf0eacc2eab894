"""An insertion gets the fixes that hold, and nothing outside of it changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from analyzers.finding import Action, Edit, Finding, Fix, Span
from analyzers.fixes.mended import Mended, mended

Make = Callable[[str, Span], Fix | None]


def _scanner(
    makers: dict[str, Make], action: Action = "fix", wanted: Span | None = None
) -> Callable[[str, Span], Sequence[Finding]]:
    """Finds the words that are keys, each with what its function proposes."""

    def scan(text: str, placed: Span) -> Sequence[Finding]:
        return [
            Finding(word, 1, "high", "high", at, "unsafe", fix=make(text, at), action=action)
            for word, make in makers.items()
            for match in re.finditer(rf"\b{word}\b", text)
            if (at := Span(*match.span())).overlaps(placed)
        ]

    return scan


def _replace(by: str, *more: Edit) -> Make:
    def make(_: str, at: Span) -> Fix:
        edits = sorted([*more, Edit(at, by)], key=lambda edit: edit.span)
        return Fix(f"write {by}", tuple(edits))

    return make


def _mended(
    before: str, insertion: str, after: str, makers: dict[str, Make], action: Action = "fix"
) -> Mended:
    text = before + insertion + after
    placed = Span(len(before), len(before) + len(insertion))
    scan = _scanner(makers, action)
    return mended(text, placed, scan(text, placed), scan)


def test_every_finding_of_the_insertion_is_mended_and_no_other() -> None:
    """Several at once."""
    made = _mended("bad()\n", "bad()\nworse()\n", "bad()\n",
                   {"bad": _replace("good"), "worse": _replace("better")})  # fmt: skip
    assert made.insertion == "good()\nbetter()\n"
    assert made.text == "bad()\ngood()\nbetter()\nbad()\n"
    assert made.fixes == ("write good", "write better")
    assert made.findings == ()


def test_a_fix_that_brings_another_finding_is_refused() -> None:
    """The other fixes are made all the same."""
    made = _mended("", "bad()\nworse()\n", "",
                   {"bad": _replace("worse"), "worse": _replace("better")})  # fmt: skip
    assert made.insertion == "bad()\nbetter()\n"
    assert [finding.rule for finding in made.findings] == ["bad"]


def test_a_fix_that_leaves_its_finding_is_refused() -> None:
    """And asked for once."""
    asked: list[str] = []

    def make(text: str, at: Span) -> Fix:
        asked.append(text)
        return Fix("write it twice", (Edit(at, "bad, bad"),))

    made = _mended("", "bad()\n", "", {"bad": make})
    assert made.insertion == "bad()\n"
    assert made.fixes == ()
    assert len(asked) <= 5


def test_a_text_that_cannot_be_read_is_refused() -> None:
    """The scan says None."""
    text = "bad()\n"
    scan = _scanner({"bad": _replace("good(")})

    def strict(changed: str, placed: Span) -> Sequence[Finding] | None:
        return None if "((" in changed else scan(changed, placed)

    placed = Span(0, len(text))
    assert mended(text, placed, scan(text, placed), strict).text == text


def test_an_edit_outside_of_the_insertion_is_refused() -> None:
    """It may only be offered as an edit of its own."""
    made = _mended("x = 1\n", "bad(x)\n", "", {"bad": _replace("good", Edit(Span(4, 5), "2"))})
    assert made.text == "x = 1\nbad(x)\n"


def test_an_import_moves_into_the_insertion() -> None:
    """Above the statement that needs it."""
    makers = {"bad": _replace("os.good", Edit(Span(0, 0), "import os\n"))}
    made = _mended("def f():\n    ", "y = 1\n    bad(y)\n", "    z()\n", makers)
    assert made.insertion == "y = 1\n    import os\n    os.good(y)\n"


def test_an_import_stands_above_the_outermost_statement_of_the_insertion() -> None:
    """And never in a class, whose functions would not see it."""
    makers = {"bad": _replace("os.good", Edit(Span(0, 0), "import os\n"))}
    made = _mended("x = 1\n", "def f():\n    if x:\n        bad()\n", "", makers)
    assert made.insertion == "import os\ndef f():\n    if x:\n        os.good()\n"
    made = _mended("class A:\n", "    def f(self):\n        bad()\n", "", makers)
    assert made.insertion == "    def f(self):\n        import os\n        os.good()\n"


def test_without_a_statement_of_its_own_an_import_has_no_place() -> None:
    """The insertion ends a line that was begun."""
    makers = {"bad": _replace("os.good", Edit(Span(0, 0), "import os\n"))}
    assert _mended("x = ", "bad()\n", "", makers).text == "x = bad()\n"


def test_a_name_that_is_added_to_an_import_becomes_an_import_of_its_own() -> None:
    """The line of the other names is outside."""
    makers = {"bad": _replace("abort", Edit(Span(19, 19), ", abort"))}  # fmt: skip
    made = _mended("from flask import g\n", "bad()\n", "", makers)
    assert made.text == "from flask import g\nfrom flask import abort\nabort()\n"


def test_imports_that_two_fixes_need_are_made_once() -> None:
    """At one place."""
    makers = {
        "bad": _replace("os.good", Edit(Span(0, 0), "import os\n")),
        "worse": _replace("os.better", Edit(Span(0, 0), "import os\n")),
    }
    text = "bad()\nworse()\n"
    placed = Span(0, len(text))
    scan = _scanner(makers)
    assert mended(text, placed, scan(text, placed), scan).text == (
        "import os\nos.good()\nos.better()\n"
    )


def test_findings_that_are_only_to_be_said_are_left() -> None:
    """Unless they are asked for."""
    assert _mended("", "bad()\n", "", {"bad": _replace("good")}, "annotate").fixes == ()
    text = "bad()\n"
    placed = Span(0, len(text))
    scan = _scanner({"bad": _replace("good")}, "annotate")
    every = frozenset[Action]({"annotate"})
    assert mended(text, placed, scan(text, placed), scan, actions=every).text == "good()\n"


def test_fixes_that_touch_each_other_are_made_one_after_the_other() -> None:
    """The second is asked for again, in the new text."""

    def wide(text: str, at: Span) -> Fix:
        return Fix("widen", (Edit(Span(at.start, text.index(")", at.start)), "wide(worse"),))

    made = _mended("", "bad(worse)\n", "", {"bad": wide, "worse": _replace("better")})
    assert made.insertion == "wide(better)\n"


def test_of_a_deletion_only_the_part_in_the_insertion_is_made() -> None:
    """A comma stays, which Python lets stand before a parenthesis."""

    def make(text: str, at: Span) -> Fix:
        return Fix("leave it out", (Edit(Span(text.index(","), at.end), ""),))

    made = _mended("f(a, ", "bad)\n", "", {"bad": make})
    assert made.text == "f(a, )\n"


def test_a_deletion_that_reaches_out_of_the_insertion_is_not_cut() -> None:
    """Half of an argument would stay: `f(a=True)` is another call than `f(a)`."""

    def without_argument(text: str, at: Span) -> Fix:
        return Fix("leave it out", (Edit(Span(at.start, text.index(")")), ""),))

    made = _mended("f(a, ", "bad", "=True)\n", {"bad": without_argument})
    assert made.text == "f(a, bad=True)\n"
    assert made.fixes == ()


def test_what_parsed_still_parses() -> None:
    """Also where the scan reads what does not parse."""
    made = _mended("x = ", "bad()\n", "", {"bad": _replace("good(")})
    assert made.text == "x = bad()\n"
    assert _mended("x = (", "bad()\n", "", {"bad": _replace("good")}).text == "x = (good()\n"
