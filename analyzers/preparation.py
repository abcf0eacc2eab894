"""What can be done before a check, so that it takes less long; no answer depends on it."""

from __future__ import annotations

import functools
from typing import Final

from analyzers.analysis import MAX_TEXT_CHARS, look
from analyzers.changes import locate
from analyzers.composition import frame_of
from analyzers.deadline import Deadline
from analyzers.delta import Insertion
from analyzers.finding import Span
from analyzers.imports.catalogue import is_known
from analyzers.javascript.reading import remember
from analyzers.languages import kind_of
from analyzers.project import NO_PROJECT
from analyzers.text_lines import readable

_LOADING_S: Final = 60.0
# Texts for which the engines, the grammars and the lists of names are asked.
_FIRST: Final = {"python": "import os\n", "script": "let a = b(1);\n"}


def prepare(document: str, span: Span, language: str) -> None:
    """Finds out what a check of an insertion at `span` will want to know of the document.

    For the time in which the insertion is being made.
    """
    load(language)
    if len(document) > MAX_TEXT_CHARS:
        return
    text = readable(document)
    if kind_of(language) == "script":
        remember(text, language)
    elif kind_of(language) == "python" and 0 <= span.start <= span.end <= len(text):
        as_it_is = Insertion(span, text[span.start : span.end])
        frame_of(locate(text, as_it_is)).words("")


def load(language: str) -> None:
    """Loads what looks at texts of a language, which happens once and is no part of a check."""
    kind = kind_of(language)
    _load(language.strip().lower() if kind == "script" else kind)


@functools.cache
def _load(name: str) -> None:
    first = _FIRST.get(kind_of(name), "")
    look(first, None, name, NO_PROJECT, Deadline.after(_LOADING_S))
    if name == "python":
        frame_of(locate(first, Insertion(Span(0, 0), ""))).words("")
        is_known("")
