"""Answers that are known: what was offered, and what was computed before anybody asked.

An answer is known by the text before and after its cursor, so it is found again wherever the user
comes back to the same text, and found in part while the user types what it says. Every answer is
read by the analyzers again where it is used.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field, replace
from typing import get_args

from lsp_server.completion.query import CompletionOptions, CompletionQuery, EmptyReason, Source

# More than a user types back and forth through; each holds its document's text.
_MOST_PER_DOCUMENT = 12
_MOST_DOCUMENTS = 8

# Reasons that will be the same when the same text is asked about again.
LASTING: frozenset[EmptyReason] = frozenset(get_args(EmptyReason)) - {
    "cancelled",
    "failed",
    "loading",
    "no_model",
    "disabled",
    "stale",
    "blocked",
    "unchecked",
    "unsupported_place",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The text to insert between `before` and `after`, or none and the reason.

    source: where it came from, as the client is told of it.
    """

    before: str
    after: str
    text: str
    reason: EmptyReason | None
    detail: str
    options: CompletionOptions
    source: Source = "typed_through"

    def rest_for(self, before: str, after: str, options: CompletionOptions) -> Answer | None:
        """What is left of it at another cursor; None where it says nothing about that one."""
        if options != self.options or after != self.after or not before.startswith(self.before):
            return None
        typed = before[len(self.before) :]
        if not typed:
            return self
        rest = self.text[len(typed) :]
        if not self.text.startswith(typed) or not rest.strip():
            return None
        return replace(self, before=before, text=rest)


@dataclass(slots=True)
class Answers:
    """The newest answers of the documents that were worked on last; for any thread."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _by_uri: dict[str, deque[Answer]] = field(default_factory=dict)

    def find(self, uri: str, query: CompletionQuery, options: CompletionOptions) -> Answer | None:
        """The newest that says something about that cursor, with what is left of it."""
        before, after = query.text[: query.offset], query.text[query.offset :]
        with self._lock:
            newest_first = tuple(self._by_uri.get(uri, ()))
        for answer in newest_first:
            rest = answer.rest_for(before, after, options)
            if rest is not None:
                return rest
        return None

    def add(self, uri: str, answer: Answer) -> None:
        """Notes an answer, unless it is an empty one that another time may be another."""
        if not answer.text and answer.reason not in LASTING:
            return
        with self._lock:
            known = self._by_uri.pop(uri, None) or deque(maxlen=_MOST_PER_DOCUMENT)
            known.appendleft(answer)
            self._by_uri[uri] = known
            while len(self._by_uri) > _MOST_DOCUMENTS:
                del self._by_uri[next(iter(self._by_uri))]

    def forget(self, uri: str) -> None:
        """Drops what is known of a document."""
        with self._lock:
            self._by_uri.pop(uri, None)

    def clear(self) -> None:
        """Drops everything: another model would answer otherwise."""
        with self._lock:
            self._by_uri.clear()

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._by_uri.values()))
