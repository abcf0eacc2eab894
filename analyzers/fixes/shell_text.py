"""A command line that is put together, split as a POSIX shell would split it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from analyzers.fixes.literals import Char
from analyzers.fixes.parts import Hole

# What a shell makes something of outside of quotes; in double quotes only the second few.
_SPECIAL = frozenset("|&;<>()$`\\*?[#~=%!{}\n")
_HARMLESS = frozenset("=%#{}!~")  # At least inside of a word.
_SPECIAL_IN_QUOTES = frozenset("$`\\")
_SPECIAL_OF_SHELL = re.compile(r"[|&;<>()$`\\\"'*?\[#\n]|^~")
_SEVERAL_WORDS = re.compile(r"(^|_)(args?|arguments|options?|opts?|flags?|params?|extra)$", re.I)

Word = list[Char | Hole]


def words(parts: Sequence[Char | Hole]) -> list[Word] | None:
    """The words of the command, without their quotes; None where it takes a shell."""
    found: list[Word] = []
    word: Word | None = None
    quote = ""
    for part in parts:
        if isinstance(part, Hole):
            word = [*(word or []), part]
            continue
        char = part.char
        if quote:
            if char == quote:
                quote = ""
            elif quote == '"' and char in _SPECIAL_IN_QUOTES:
                return None
            else:
                word = [*(word or []), part]
        elif char in "'\"":
            quote = char
            word = word or []
        elif char.isspace() and char != "\n":
            if word is not None:
                found.append(word)
            word = None
        elif char in _SPECIAL and not (word and char in _HARMLESS):
            return None
        else:
            word = [*(word or []), part]
    if quote:
        return None
    return found if word is None else [*found, word]


def holds_several(hole: Hole) -> bool:
    """Whether a value is called options or arguments, which are several words."""
    return bool(_SEVERAL_WORDS.search(re.split(r"\W+", hole.text.rstrip("])\"'"))[-1]))


def holds_words(text: str) -> bool:
    """Whether a shell would make of a text anything but one word that is the text."""
    return bool(text) and (len(text.split()) != 1 or bool(_SPECIAL_OF_SHELL.search(text)))


def text_of(word: Word) -> str:
    """A word, each value as NUL."""
    return "".join(part.char if isinstance(part, Char) else "\0" for part in word)


def item(word: Word, split: str, is_number: Callable[[Hole], bool]) -> str | None:
    """A word as an element of a list; None where it cannot be written.

    Args:
        word: Its characters and values.
        split: What to call to split a value that is several words.
        is_number: Whether a value may be no text, which a list of arguments would not take.
    """
    holes = [part for part in word if isinstance(part, Hole)]
    if any(hole.spec not in ("", "!s", "d") for hole in holes):
        return None
    if not holes:
        return _literal("".join(part.char for part in word if isinstance(part, Char)))
    if len(word) == 1:
        if holds_several(holes[0]):
            return f"*{split}({holes[0].text})"
        return f"str({holes[0].text})" if is_number(holes[0]) else holes[0].text
    written = ""
    for part in word:
        if isinstance(part, Hole):
            if any(char in part.text for char in '"\\\n{}'):
                return None
            written += f"{{{part.text}}}"
        else:
            written += part.char.replace("{", "{{").replace("}", "}}")
    if '"' in written or "\\" in written:
        return None
    return f'f"{written}"'


def is_fixed_program(found: Sequence[Word]) -> bool:
    """Whether the program itself is not one of the values."""
    return bool(found) and all(isinstance(part, Char) for part in found[0])


def _literal(text: str) -> str:
    plain = repr(text)
    return f'"{text}"' if '"' not in text and "\\" not in plain else plain


def quoted_holes(
    parts: Sequence[Char | Hole], *, is_program: bool = False
) -> list[tuple[int, int, Hole]] | None:
    """The values of a command that keeps its shell: `parts[start:end]` with the quotes around each.

    None where one stands beside other text in quotes, or is the program itself.

    Args:
        parts: The command.
        is_program: Whether the program was named before.
    """
    found: list[tuple[int, int, Hole]] = []
    at = 0
    is_word_open = False
    while at < len(parts):
        part = parts[at]
        if isinstance(part, Hole):
            if not is_program and not is_word_open:
                return None
            found.append((at, at + 1, part))
            is_word_open = True
            at += 1
        elif part.char in "'\"":
            end = _closing(parts, at)
            if end is None:
                return None
            inner = parts[at + 1 : end]
            holes = [p for p in inner if isinstance(p, Hole)]
            if holes and (len(inner) != 1 or not is_program):
                return None
            if holes:
                found.append((at, end + 1, holes[0]))
            is_word_open = True
            at = end + 1
        else:
            if part.char.isspace():
                is_program = is_program or is_word_open
                is_word_open = False
            elif part.char in "|&;(`":
                is_program = is_word_open = False
            elif part.char == "\\":
                return None
            else:
                is_word_open = True
            at += 1
    return found


def _closing(parts: Sequence[Char | Hole], opening: int) -> int | None:
    first = parts[opening]
    for at in range(opening + 1, len(parts)):
        part = parts[at]
        if isinstance(part, Char) and isinstance(first, Char):
            if part.char == "\\":
                return None
            if part.char == first.char:
                return at
    return None
