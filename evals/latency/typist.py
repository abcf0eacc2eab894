"""When a person presses the next key: a seeded model of typing.

Where it comes from:
- The shape. Times between keystrokes are positively skewed; the log-normal fits them well, if not
  best of all (González et al., "On the shape of timings distributions in free-text keystroke
  dynamics profiles", Heliyon 2021, compares fourteen distributions on three data sets).
- The pace. 168,000 typists averaged about 52 words a minute, which is some 230 ms a keystroke,
  with people far apart; letter pairs typed by different hands or fingers are faster (Dhakal et
  al., "Observations on Typing from 136 Million Keystrokes", CHI 2018).
- The thinking pauses. Pauses of 2 to 15 s while programming are read as thinking about the code at
  hand (Shrestha et al., "Pausing While Programming: Insights From Keystroke Analysis", ICSE-SEET
  2022).
What we chose ourselves, for want of published figures: the factors by which words, lines, symbols
and pairs of keys are slower, how often a pause for thought comes, and the time to read an offer.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

_MEDIAN_MS = 210.0
_SPREAD_OF_PEOPLE = 0.35
_SPREAD_OF_KEYS = 0.45
_LEAST_MS, _MOST_MS = 40.0, 1500.0

_THOUGHT_MEDIAN_MS, _THOUGHT_SPREAD = 3200.0, 0.55
_THOUGHT_MS = (2000.0, 15000.0)
_THOUGHT_AT_LINE, _THOUGHT_AT_WORD, _THOUGHT_IN_CODE = 0.22, 0.04, 0.06

_READING_MEDIAN_MS, _READING_SPREAD = 450.0, 0.35

# One string a finger, the left hand's first.
_FINGERS = ("1qaz", "2wsx", "3edc", "45rfvtgb", "67yhnujm", "8ik,", "9ol.", "0p;/-['=")
_FINGER_OF = {key: finger for finger, keys in enumerate(_FINGERS) for key in keys}
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@dataclass(slots=True)
class Typist:
    """One person; the pace is drawn once."""

    rng: random.Random
    pace_ms: float = field(init=False)

    def __post_init__(self) -> None:
        pace = self._log_normal(_MEDIAN_MS, _SPREAD_OF_PEOPLE)
        self.pace_ms = min(max(pace, 90.0), 500.0)

    def interval_ms(self, before: str, key: str) -> float:
        """From one keystroke to the next, given the text before the cursor and what is typed."""
        last = before[-1:]
        slowness = _pair_factor(last, key[:1])
        chance = 0.0
        if not before.rpartition("\n")[2].strip():
            slowness *= 2.2
            chance = _THOUGHT_AT_LINE
        elif key[:1].isalnum() and not last.isalnum() and last != "_":
            slowness *= 1.35
            chance = _THOUGHT_AT_WORD if last.isspace() else _THOUGHT_IN_CODE
        if not key[:1].isalnum() and not key[:1].isspace():
            slowness *= 1.3
        pause = 0.0
        if self.rng.random() < chance:
            low, high = _THOUGHT_MS
            thought = self._log_normal(_THOUGHT_MEDIAN_MS, _THOUGHT_SPREAD)
            pause = min(max(thought, low), high)
        interval = self._log_normal(self.pace_ms * slowness, _SPREAD_OF_KEYS)
        return round(pause + min(max(interval, _LEAST_MS), _MOST_MS), 1)

    def reading_ms(self) -> float:
        """How long an offer must be visible before it is accepted."""
        return round(max(self._log_normal(_READING_MEDIAN_MS, _READING_SPREAD), 150.0), 1)

    def slip(self, key: str) -> str:
        """A wrong letter beside the right one, or nothing where no letter is."""
        for row in _ROWS:
            at = row.find(key.lower())
            if at >= 0 and len(key) == 1:
                near = row[max(at - 1, 0) : at] + row[at + 1 : at + 2]
                wrong = self.rng.choice(near)
                return wrong.upper() if key.isupper() else wrong
        return ""

    def _log_normal(self, median: float, spread: float) -> float:
        return self.rng.lognormvariate(math.log(median), spread)


def _pair_factor(last: str, key: str) -> float:
    if last == key:
        return 0.85
    first, second = _FINGER_OF.get(last.lower()), _FINGER_OF.get(key.lower())
    if first is None or second is None:
        return 1.0
    if first == second:
        return 1.2
    return 0.9 if (first < 4) != (second < 4) else 1.05
