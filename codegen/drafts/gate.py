"""Whether a draft is worth its step, by what was accepted lately and what steps cost here.

A step of several tokens costs more than a step of one, and how much more depends on the machine:
both are measured while tokens are generated. Text that repeats nothing closes the gate by its
refusals; as drafts that were not tried are compared with what came instead, it opens by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from codegen.drafts.lookup import LEAST_MATCH, MOST_MATCH, Draft

MOST_DRAFTED = 15
_FORGETTING = 0.15
_FADING = 0.01
# A try must promise this much, or noise alone would decide.
LEAST_GAIN = 1.08
# What each token more adds to a step, as a share of a step of one, before it is measured: an int8
# step of eight took 1.7 times a step of one.
_FIRST_SLOPE = 0.1


@dataclass(slots=True)
class Gate:
    """One for an engine: what it has learnt serves every later request.

    least_gain: tokens for the price of one, from which on a draft is tried.
    _accepted: by how long the match was, the share of drafted tokens that the model would have
    written itself.
    """

    least_gain: float = LEAST_GAIN
    _accepted: list[float] = field(default_factory=lambda: [0.5] * (MOST_MATCH - LEAST_MATCH + 1))
    _single_ms: float = 0.0
    _slope: float = _FIRST_SLOPE

    def length_for(self, draft: Draft) -> int:
        """How many of its tokens to try; 0 where a plain step is the better one."""
        p = self._accepted[draft.n_matched - LEAST_MATCH]
        best, best_gain = 0, self.least_gain
        expected, reached = 1.0, 1.0
        for n in range(1, min(len(draft.token_ids), MOST_DRAFTED) + 1):
            reached *= p
            expected += reached
            gain = expected / self.cost_ratio(n + 1)
            if gain > best_gain:
                best, best_gain = n, gain
        return best

    def cost_ratio(self, n_tokens: int) -> float:
        """What a step of that many tokens costs, in steps of one."""
        return 1.0 + self._slope * (n_tokens - 1)

    def learn(self, draft: Draft, came: Sequence[int]) -> None:
        """Compares a draft, tried or not, with the tokens that came in its place."""
        kind = draft.n_matched - LEAST_MATCH
        for drafted, token_id in zip(draft.token_ids, came, strict=False):
            is_right = drafted == token_id
            self._accepted[kind] += _FORGETTING * (is_right - self._accepted[kind])
            if not is_right:
                break

    def timed(self, n_tokens: int, ms: float) -> None:
        """Takes in how long a step took."""
        if n_tokens == 1:
            # Half as long or twice as long is another machine's load, not the step's.
            known = self._single_ms or ms
            self._single_ms = known + _FORGETTING * (min(ms, 2 * known) - known)
            # A closed gate measures nothing more, so what closed it must not be believed for ever.
            self._slope += _FADING * (min(self._slope, _FIRST_SLOPE) - self._slope)
        elif self._single_ms:
            slope = (ms / self._single_ms - 1.0) / (n_tokens - 1)
            slope = min(max(slope, 0.0), 1.5)
            self._slope += _FORGETTING * (slope - self._slope)
