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
_NAME = re.compile(r"[^\W\d]\w*")
_LAST_NAME = re.compile(r"[^\W\d]\w*\Z")
# Names that mean something though the text says them nowhere else.
_OF_REQUESTS = REQUEST_DATA.union(REQUEST_NAMES, METHODS, ("session",), *(a for _, a in HANDLERS))
_TELLING = _OF_REQUESTS.union(dir(builtins), ("self", "cls"))
# An attribute of a name, alone, given to something, or given back.
_CHAIN = re.compile(r"(?:return[ \t]+|[^\W\d][\w.]*[ \t]*=[ \t]*)?([^\W\d]\w*)(?:\.[^\W\d]\w*)*")
_NO_BODY = re.compile(r"(?:if|elif|while|for|with|async|def|class|except)\b[^:\"']*")
# What may keep the rest of a block from being run, or hold what decides whether it is.
_JUMP = re.compile(r"\b(?:return|raise|break|continue|exit|_exit|quit|abort|while)\b")


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


def may_begin_elsewhere(text: str, end: int, said: Vocabulary) -> bool:
    """Whether the prefix up to `end` may take data from a request where the whole `text` does not.

    It may end in a request, of which the whole takes something harmless, or in a part of a name
    that is another name.
    """
    last = _LAST_NAME.search(text[:end])
    if last is None:
        return False
    if last[0] in _OF_REQUESTS:
        return True
    is_cut = text[end : end + 1].isalnum() or text[end : end + 1] == "_"
    return is_cut and unknown_name(text[:end], said) is None


def says_nothing_new(line: str) -> bool:
    """Whether a prefix that ends in this line cannot run, or is as good as one without the line.

    A head of a block needs its colon. A bare `return` gives nothing, and what is below it is as it
    was.
    """
    words = line.strip()
    # With a bracket too many it ends what was begun above, a comprehension perhaps.
    n_open = sum(map("([{".__contains__, words)) - sum(map(")]}".__contains__, words))
    return words == "return" or (n_open == 0 and _NO_BODY.fullmatch(words) is not None)


def is_of_requests(line: str) -> bool:
    """Whether a name in it may stand for what came with a request."""
    return not _OF_REQUESTS.isdisjoint(_NAME.findall(line))


def chain_ends(line: str) -> tuple[int, int] | None:
    """Of a line that reads an attribute of a name and does nothing else, where both end.

    As how far from the end of the line. None for other lines.
    """
    words = line.rstrip()
    found = _CHAIN.fullmatch(words.lstrip())
    if found is None:
        return None
    behind = len(line) - len(words)
    return behind + len(found[0]) - found.end(1), behind


def may_leave(line: str) -> bool:
    """Whether a line may end its block early.

    What stands below in the document is then run after a prefix, but not after the whole.
    """
    return _JUMP.search(line) is not None
