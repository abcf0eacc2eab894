"""Makes a typing session: a region of a file is taken out and typed again."""

from __future__ import annotations

import contextlib
import random
import re
from dataclasses import dataclass, field

from evals.latency.errors import SetUpError
from evals.latency.trace import Event, How, Session
from evals.latency.typist import Typist

# Dhakal et al. count 6 corrections in 100 keystrokes; a slip here is corrected by one or two.
_SLIP_CHANCE = 0.04
_JUMP_CHANCE = 0.5
# In a pause this long the user looks at what is offered.
_LOOK_MS = 500.0
_LOOK_CHANCE = 0.85
_HOW: tuple[tuple[How, float], ...] = (("full", 0.6), ("line", 0.2), ("word", 0.2))

# Enter brings the cursor to the next line's indentation, as editors do.
_KEY = re.compile(r"(?:\r\n|\n|\r)[ \t]*|.", re.DOTALL)
_LEAST_CHARS = 8


@dataclass(frozen=True, slots=True)
class Source:
    """A real file: its name, its language and its text."""

    name: str
    language_id: str
    text: str


@dataclass(slots=True)
class _Writing:
    """The session as it grows: the text so far, the cursor and the clock."""

    text: str
    cursor: int
    typist: Typist
    t_ms: float = 0.0
    events: list[Event] = field(default_factory=list)

    def type(self, text: str) -> None:
        """Types with slips that are noticed a little later and taken back."""
        keys = _KEY.findall(text)
        done = 0
        rng = self.typist.rng
        while done < len(keys):
            wrong = self.typist.slip(keys[done]) if rng.random() < _SLIP_CHANCE else ""
            if wrong:
                unnoticed = keys[done + 1 : done + 1 + rng.choice((0, 0, 1, 2))]
                unnoticed = [key for key in unnoticed if len(key) == 1 and not key.isspace()]
                for key in (wrong, *unnoticed):
                    self._press(key)
                for _ in (wrong, *unnoticed):
                    self._backspace()
            self._press(keys[done])
            done += 1

    def move(self, offset: int) -> None:
        """Goes elsewhere, which takes a moment."""
        self.t_ms = round(self.t_ms + self.typist.rng.uniform(600.0, 2500.0), 1)
        self.events.append(Event(self.t_ms, "move", offset, offset))
        self.cursor = offset

    def _press(self, key: str) -> None:
        pause = self.typist.interval_ms(self.text[: self.cursor], key)
        rng = self.typist.rng
        if self.events and pause >= _LOOK_MS and rng.random() < _LOOK_CHANCE:
            (how,) = rng.choices([how for how, _ in _HOW], [weight for _, weight in _HOW])
            seen_ms = self.typist.reading_ms()
            self.events.append(Event(self.t_ms, "accept", how=how, seen_ms=seen_ms))
        self.t_ms = round(self.t_ms + pause, 1)
        self.events.append(Event(self.t_ms, "insert", self.cursor, self.cursor, key))
        self.text = self.text[: self.cursor] + key + self.text[self.cursor :]
        self.cursor += len(key)

    def _backspace(self) -> None:
        self.t_ms = round(self.t_ms + self.typist.interval_ms("x", "x"), 1)
        self.events.append(Event(self.t_ms, "delete", self.cursor - 1, self.cursor))
        self.text = self.text[: self.cursor - 1] + self.text[self.cursor :]
        self.cursor -= 1


def make_session(source: Source, rng: random.Random, n_chars: int, number: int) -> Session:
    """A session of about `n_chars` characters; half of them jump to another place and back.

    Raises:
        SetUpError: the file has no region to take out.
    """
    main = _hole(source, rng, n_chars, taken=None)
    holes = [main]
    if rng.random() < _JUMP_CHANCE:
        with contextlib.suppress(SetUpError):  # A file may be too small to jump in.
            holes.append(_hole(source, rng, max(n_chars // 4, _LEAST_CHARS), taken=main))
    initial = _without(source.text, sorted(holes))
    begin = _place(main, holes)
    writing = _Writing(initial, begin, Typist(rng))
    keys = _KEY.findall(source.text[main[0] : main[1]])
    for other in holes[1:]:
        n_before = rng.randint(1, len(keys) - 1)
        writing.type("".join(keys[:n_before]))
        left_at, keys = writing.cursor, keys[n_before:]
        is_above = other[0] < main[0]
        writing.move(_place(other, holes) + (0 if is_above else left_at - begin))
        writing.type(source.text[other[0] : other[1]])
        writing.move(left_at + (other[1] - other[0] if is_above else 0))
    writing.type("".join(keys))
    name = f"{source.name}#{number}"
    return Session(name, source.language_id, source.name, initial, begin, tuple(writing.events))


def _hole(
    source: Source, rng: random.Random, n_chars: int, taken: tuple[int, int] | None
) -> tuple[int, int]:
    """From the first character of a line to the end of that line or of a later one."""
    lines = [m for m in re.finditer(r"[^\r\n]+", source.text) if m[0].strip()]
    if not lines:
        raise SetUpError(f"{source.name}: no line to type")
    first = rng.randrange(len(lines))
    # Other lines are tried in order, so that a file with one usable place is used.
    for i in range(len(lines)):
        line = lines[(first + i) % len(lines)]
        start = line.end() - len(line[0].lstrip())
        fitting = [later for later in lines if later.end() >= start + n_chars]
        end = (fitting[0] if fitting else lines[-1]).end()
        is_apart = taken is None or end < taken[0] or start > taken[1]
        if end - start >= _LEAST_CHARS and is_apart:
            return start, end
    raise SetUpError(f"{source.name}: no region of {_LEAST_CHARS} characters to type")


def _place(hole: tuple[int, int], holes: list[tuple[int, int]]) -> int:
    """Where a hole is in the text that has none of them filled."""
    return hole[0] - sum(end - start for start, end in holes if end <= hole[0])


def _without(text: str, holes: list[tuple[int, int]]) -> str:
    kept, at = "", 0
    for start, end in holes:
        kept += text[at:start]
        at = end
    return kept + text[at:]
