"""A client's text buffer, written without the server's code, and random edits of it.

The buffer holds code units: bytes for UTF-8, 16-bit numbers for UTF-16, code points for UTF-32. An
edit cuts units out and puts units in, as an editor does.
"""

from __future__ import annotations

import random
import struct
from typing import Any

Json = dict[str, Any]

PIECES = (
    "a", "b = 1", "    ", "\t", "\n", "\r\n", "\r", "\n\n", "é", "漢字", "😀", "👩‍💻", "\x0c",
    "\u2028", "\x85", "\x0b", "x\ny", "😀\r\n😀", "def f():\n    return 1\n", "",
)  # fmt: skip


class Buffer:
    """The text as a client of one encoding keeps it."""

    def __init__(self, text: str, encoding: str) -> None:
        self.encoding = encoding
        self.units = self.encode(text)

    def encode(self, text: str) -> list[int]:
        """The units of a text."""
        if self.encoding == "utf-8":
            return list(text.encode("utf-8", "surrogatepass"))
        if self.encoding == "utf-32":
            return [ord(char) for char in text]
        data = text.encode("utf-16-le", "surrogatepass")
        return list(struct.unpack(f"<{len(data) // 2}H", data))

    def decode(self, units: list[int]) -> str:
        """The text of some units, with halves of a pair joined."""
        if self.encoding == "utf-8":
            return bytes(units).decode("utf-8", "surrogatepass")
        if self.encoding == "utf-32":
            return "".join(map(chr, units))
        data = struct.pack(f"<{len(units)}H", *units)
        return data.decode("utf-16-le", "surrogatepass")

    @property
    def text(self) -> str:
        """The whole text."""
        return self.decode(self.units)

    def line_spans(self) -> list[tuple[int, int]]:
        """Where each line begins, and where its content ends."""
        spans, start, i = [], 0, 0
        while i < len(self.units):
            if self.units[i] == 13 and self.units[i + 1 : i + 2] == [10]:
                spans.append((start, i))
                i += 2
                start = i
            elif self.units[i] in (10, 13):
                spans.append((start, i))
                i += 1
                start = i
            else:
                i += 1
        return [*spans, (start, len(self.units))]

    def is_boundary(self, index: int) -> bool:
        """Whether a client may cut here: anywhere but inside a UTF-8 sequence."""
        if self.encoding != "utf-8" or index == len(self.units):
            return True
        return self.units[index] & 0xC0 != 0x80

    def random_change(self, rng: random.Random) -> Json:
        """Edits the buffer at random and returns the change that a client would send."""
        if rng.random() < 0.01:
            text = "".join(rng.choices(PIECES, k=rng.randrange(8)))
            self.units = self.encode(text)
            return {"text": text}
        spans = self.line_spans()
        places: list[tuple[int, int, int, int]] = []
        for _ in range(2):
            line = rng.randrange(len(spans))
            begin, end = spans[line]
            index = rng.randint(begin, end)
            if places and rng.random() < 0.7:
                # Most edits are short; else the text would never grow.
                line, index = places[0][1], min(places[0][0] + rng.randrange(4), end)
                begin, end = spans[line]
                index = min(max(index, begin), end)
            while not self.is_boundary(index):
                index -= 1
            places.append((index, line, begin, end))
        places.sort()
        positions = []
        for index, line, begin, end in places:
            # A column beyond the line's end, and a line beyond the last, mean the end.
            excess = rng.randrange(1, 9) if index == end and rng.random() < 0.3 else 0
            beyond = rng.randrange(1, 3) if index == len(self.units) and excess else 0
            positions.append({"line": line + beyond, "character": index - begin + excess})
        text = "".join(rng.choices(PIECES, k=rng.choice((0, 1, 1, 2))))
        self.units[places[0][0] : places[1][0]] = self.encode(text)
        return {"range": {"start": positions[0], "end": positions[1]}, "text": text}


def applied(text: str, edits: list[Json], encoding: str) -> str:
    """The text with edits that all speak of it as it is, as a client applies them."""
    buffer = Buffer(text, encoding)
    spans = buffer.line_spans()

    def index(position: Json) -> int:
        line, column = int(position["line"]), int(position["character"])
        begin, end = spans[min(line, len(spans) - 1)]
        return min(begin + column, end)

    # Later places first; of several insertions in one place the first stays in front.
    last_first = list(reversed(edits))
    for edit in sorted(last_first, key=lambda one: -index(one["range"]["start"])):
        start, end = index(edit["range"]["start"]), index(edit["range"]["end"])
        buffer.units[start:end] = buffer.encode(edit["newText"])
    return buffer.text
