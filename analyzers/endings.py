"""What the last characters of a prefix of Python say, without reading it."""

from __future__ import annotations

import builtins
import re

from analyzers.flow.sources import HANDLERS, METHODS, REQUEST_DATA, REQUEST_NAMES
from analyzers.vocabulary import Vocabulary

# Nothing that can run ends like this.
_WAITING = re.compile(
    r"(?:[-+/%@&|^~<>=(\[{]|(?<![\w.\d])[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*\s*\.|[)\]]\s*\."
    r"|(?<![\w.])(?:and|or|not|in|is|if|elif|while|with|as|from|lambda|def|class|await|assert"
    r"|del|for|import|nonlocal|global))[ \t]*\Z"
)
_LAST_NAME = re.compile(r"[^\W\d]\w*\Z")
# Names that mean something though the text says them nowhere else.
_TELLING = frozenset(dir(builtins)).union(
    REQUEST_DATA, REQUEST_NAMES, METHODS, ("session", "self", "cls"), *(a for _, a in HANDLERS)
)


def is_waiting(prefix: str) -> bool:
    """Whether something must follow before the prefix can run, a comment's end perhaps."""
    return _WAITING.search(prefix[-200:]) is not None


def unknown_name(prefix: str, said: Vocabulary) -> int | None:
    """Where the name begins that the prefix ends in, if it is one that nothing is known of.

    said: the words of the whole text; what it names elsewhere may be known.
    """
    last = _LAST_NAME.search(prefix)
    if last is None or last[0] in _TELLING or last[0] in said.names or last[0] in said.called:
        return None
    return last.start()
