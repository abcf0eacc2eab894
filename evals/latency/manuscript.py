"""Two texts that become one: what the trace writes, and what is on the screen.

What is accepted stands on the screen before the trace has typed it. So every character has an
identity, and an event of the trace is carried over to the screen by the identities of its
neighbours. A character that is there at the end of the trace is a survivor; only survivors can be
accepted, so both texts are equal when the last event is done.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from evals.latency.trace import Event, Session


@dataclass(frozen=True, slots=True)
class Change:
    """An edit of the screen's text: `text` in place of a span, offsets before the edit."""

    start: int
    end: int
    text: str


class Manuscript:
    """One session's texts. `text` and `cursor` are the screen's."""

    def __init__(self, session: Session) -> None:
        self.text = session.initial_text
        self.cursor = session.cursor
        self._chars = list(session.initial_text)
        self._script = list(range(len(self._chars)))
        self._live = list(self._script)
        self._new_ids: list[range] = []
        self._typed_order: list[int] = []
        final = self._rehearse(session)
        self.final_text = "".join(self._chars[idx] for idx in final)
        self._final = final
        self._rank = {idx: rank for rank, idx in enumerate(final)}
        self._next_survivor = self._find_next_survivors()
        # Accepted and not yet typed by the trace.
        self._early: set[int] = set()
        self._is_shown = set(self._live)

    def _rehearse(self, session: Session) -> list[int]:
        """Gives an identity to each character that will be typed; returns the final order."""
        order = list(self._script)
        for event in session.events:
            new_ids = range(len(self._chars), len(self._chars) + len(event.text))
            self._new_ids.append(new_ids)
            if event.type in ("insert", "delete"):
                order[event.start : event.end] = new_ids
                self._chars += event.text
                self._typed_order += new_ids
        return order

    def _find_next_survivors(self) -> dict[int, int]:
        """For each typed character that will not stay, the next one typed that will."""
        found: dict[int, int] = {}
        survivor = None
        for idx in reversed(self._typed_order):
            if idx in self._rank:
                survivor = idx
            elif survivor is not None:
                found[idx] = survivor
        return found

    def is_needless(self, event_idx: int, event: Event) -> bool:
        """Whether what was accepted has made the event superfluous."""
        if event.type == "insert":
            return all(self._is_done(idx) for idx in self._new_ids[event_idx])
        if event.type == "delete":
            return self._is_shown.isdisjoint(self._script[event.start : event.end])
        return False

    def _is_done(self, idx: int) -> bool:
        if idx in self._rank:
            return idx in self._early
        return self._next_survivor.get(idx) in self._early

    def apply(self, event_idx: int, event: Event) -> list[Change]:
        """Does the event on the screen, as far as it is still to be done, and in the script."""
        is_needless = self.is_needless(event_idx, event)
        changes: list[Change] = []
        if event.type == "insert":
            ids = self._new_ids[event_idx]
            wanted = [idx for idx in ids if not self._is_done(idx)]
            left = self._live_after(event.start)
            self._script[event.start : event.start] = ids
            self._early.difference_update(ids)
            for idx in wanted:
                changes.append(self._put(left, idx))
                left = self._live.index(idx) + 1
        elif event.type == "delete":
            changes = self._take(self._script[event.start : event.end])
            del self._script[event.start : event.end]
        if not is_needless and event.type != "accept":
            self.cursor = self._live_after(event.start + len(event.text))
            while self._live[self.cursor : self.cursor + 1] and (
                self._live[self.cursor] in self._early
            ):
                self.cursor += 1
        return changes

    def due_text(self) -> str:
        """What will stand between the cursor's neighbours in the end.

        Nothing where the character before the cursor is one that will be taken back.
        """
        rank = -1
        if self.cursor:
            before = self._live[self.cursor - 1]
            if before not in self._rank:
                return ""
            rank = self._rank[before]
        right = itertools.islice(self._live, self.cursor, None)
        after = next((idx for idx in right if idx in self._rank), None)
        end = len(self._final) if after is None else self._rank[after]
        return "".join(self._chars[idx] for idx in self._final[rank + 1 : end])

    def accept(self, n_chars: int) -> Change:
        """Puts the first characters of the due text at the cursor, which ends up after them."""
        rank = self._rank[self._live[self.cursor - 1]] if self.cursor else -1
        ids = self._final[rank + 1 : rank + 1 + n_chars]
        change = Change(self.cursor, self.cursor, "".join(self._chars[idx] for idx in ids))
        self._live[self.cursor : self.cursor] = ids
        self._early.update(ids)
        self._is_shown.update(ids)
        self._set_text(change)
        self.cursor += n_chars
        return change

    def _live_after(self, script_offset: int) -> int:
        """The place on the screen after the nearest character on the left that is there."""
        for at in range(script_offset - 1, -1, -1):
            if self._script[at] in self._is_shown:
                return self._live.index(self._script[at]) + 1
        return 0

    def _put(self, place: int, idx: int) -> Change:
        # What was accepted may belong before it, such as the inside of brackets.
        for rank in range(self._rank.get(idx, 0) - 1, -1, -1):
            if self._final[rank] in self._is_shown:
                place = max(place, self._live.index(self._final[rank]) + 1)
                break
        self._live.insert(place, idx)
        self._is_shown.add(idx)
        change = Change(place, place, self._chars[idx])
        self._set_text(change)
        return change

    def _take(self, ids: list[int]) -> list[Change]:
        shown = [idx for idx in ids if idx in self._is_shown]
        places = sorted(self._live.index(idx) for idx in shown)
        self._is_shown.difference_update(shown)
        changes = []
        # From the back, so that the offsets of the rest stay true.
        runs = itertools.groupby(enumerate(places), key=lambda pair: pair[1] - pair[0])
        spans = [[place for _, place in run] for _, run in runs]
        for span in reversed(spans):
            change = Change(span[0], span[-1] + 1, "")
            del self._live[span[0] : span[-1] + 1]
            self._set_text(change)
            changes.append(change)
        return changes

    def _set_text(self, change: Change) -> None:
        self.text = self.text[: change.start] + change.text + self.text[change.end :]
