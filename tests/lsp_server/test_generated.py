"""Which text of a document was generated, as edits come and go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzers.finding import Span
from lsp_server.documents import TextEdit
from lsp_server.generated import GeneratedText, Mark, Offer


class Editor:
    """A text and what is known of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.generated = GeneratedText()

    def edit(self, start: int, end: int, text: str) -> bool:
        self.text = self.text[:start] + text + self.text[end:]
        return self.generated.edited([TextEdit(start, end, text)], self.text)

    def marked(self) -> list[str]:
        return [self.text[mark.span.start : mark.span.end] for mark in self.generated.marks]


def offered(text: str, offer: str) -> Editor:
    """An editor whose cursor is at the end of the text."""
    editor = Editor(text)
    editor.generated.offer(Offer(len(text), offer, unchecked="why"))
    return editor


def test_an_offer_that_is_inserted_whole_is_accepted() -> None:
    editor = offered("x = ", "left + right")
    assert editor.edit(4, 4, "left + right")
    assert editor.generated.marks == (Mark(Span(4, 16), unchecked="why"),)


def test_an_offer_that_is_accepted_word_by_word_is_one_mark() -> None:
    editor = offered("x = ", "left + right")
    assert editor.edit(4, 4, "left")
    assert editor.marked() == ["left"]
    assert editor.edit(8, 8, " + ")
    assert editor.edit(11, 11, "right")
    assert editor.marked() == ["left + right"]


def test_what_is_typed_letter_by_letter_is_the_users() -> None:
    editor = offered("x = ", "left + right")
    for at, letter in enumerate("left", start=4):
        assert not editor.edit(at, at, letter)
    assert editor.marked() == []
    assert editor.edit(8, 8, " + right")
    assert editor.marked() == ["left + right"]


def test_one_letter_is_accepted_where_it_is_the_whole_offer() -> None:
    assert offered("x = ", "1").edit(4, 4, "1")


def test_an_offer_that_replaces_text_is_accepted_in_its_place() -> None:
    editor = Editor("retu")
    editor.generated.offer(Offer(0, "return 1"))
    assert editor.edit(0, 4, "return 1")
    assert editor.marked() == ["return 1"]


def test_an_editor_may_send_only_what_differs() -> None:
    editor = Editor("retu")
    editor.generated.offer(Offer(0, "return 1"))
    assert editor.edit(4, 4, "rn 1")
    assert editor.marked() == ["return 1"]


def test_the_same_words_elsewhere_or_after_other_text_are_no_acceptance() -> None:
    editor = offered("x = ", "left + right")
    assert not editor.edit(0, 0, "left + right")
    editor = offered("x = ", "left + right")
    editor.edit(4, 4, "abcd")
    assert not editor.edit(8, 8, " + right")


def test_an_offer_moves_with_the_text_above_it() -> None:
    editor = offered("x = ", "left")
    editor.edit(0, 0, "import a\n")
    assert editor.edit(13, 13, "left")
    assert editor.marked() == ["left"]


def test_text_in_front_moves_a_mark_and_text_inside_splits_it() -> None:
    editor = offered("", "left")
    editor.edit(0, 0, "left")
    editor.edit(0, 0, "a")
    assert editor.marked() == ["left"]
    editor.edit(3, 3, "XX")
    assert editor.marked() == ["le", "ft"]
    editor.edit(0, len(editor.text), "")
    assert editor.marked() == []


def test_what_was_read_is_not_unread_any_more_but_stays_generated() -> None:
    editor = offered("", "left")
    editor.edit(0, 0, "left")
    assert editor.generated.was_read()
    assert not editor.generated.was_read()
    assert editor.generated.marks == (Mark(Span(0, 4)),)
    assert editor.generated.overlaps(Span(3, 9))
    assert not editor.generated.overlaps(Span(4, 9))


@given(data=st.data())
def test_marks_hold_letters_of_the_offer_alone_whatever_is_edited(data: st.DataObject) -> None:
    # Generated letters are capitals, and nothing else is.
    editor = offered("ab", "GENERATED")
    editor.edit(2, 2, "GENERATED")
    for _ in range(data.draw(st.integers(0, 8))):
        start = data.draw(st.integers(0, len(editor.text)))
        end = data.draw(st.integers(start, len(editor.text)))
        editor.edit(start, end, data.draw(st.text("xyz", max_size=4)))
        assert "".join(editor.marked()) == "".join(c for c in editor.text if c.isupper())
