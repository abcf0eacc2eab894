"""What an editor can take of an insertion, piece by piece, must not be dangerous either.

A prefix counts against an insertion only where it is really dangerous once it is in the file:

- where the policy blocks what it brings. What is merely said beside a text is said once it is
  there.
- where the file with it can run. A prefix that ends inside of a bracket or a string of its own
  cannot: whatever closes it is typed by someone who sees it, and is then read as the user's own. So
  `redirect(target` does not speak against `redirect(target if is_local(target) else "/")`.

A prefix with which the file is no Python cannot run, for the same reason. Where that holds of the
whole too, the prefixes of whole lines are looked at as far as repairs can read them. A prefix at
which a rule fails leaves the whole insertion unchecked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from analyzers.analysis import Looked
from analyzers.boundaries import boundaries
from analyzers.deadline import Deadline, TooSlow
from analyzers.endings import (
    chain_ends,
    is_of_requests,
    is_waiting,
    may_begin_elsewhere,
    may_leave,
    says_nothing_new,
    unknown_name,
)
from analyzers.incremental import Place
from analyzers.languages import kind_of
from analyzers.mending import judged_or_mended
from analyzers.openness import states
from analyzers.policy import Policy
from analyzers.relevance import are_called, blocking, blocking_among, of_network_alone
from analyzers.report import Report
from analyzers.scanner import find_in_text
from analyzers.script_prefixes import needed
from analyzers.seams import line_around
from analyzers.verdict import judged
from analyzers.vocabulary import NOTHING_SAID, Vocabulary, vocabulary

# An expression that neither calls, nor binds, nor gives anything back.
_IDLE = re.compile(r"[\w.]*")
_WORD = re.compile(r"[^\W\d]\w*")
_KEYWORDS = frozenset({"return", "yield", "raise", "await", "del", "import", "break", "continue"})


def judged_with_prefixes(place: Place, policy: Policy) -> Report:
    """The report on the whole, or that on its first dangerous prefix where that is worse.

    The prefixes are those of the text that would be offered, a fixed one if the whole was mended.
    """
    whole, place = judged_or_mended(place, policy)
    if whole.verdict == "block":
        return whole
    try:
        return _on_first_dangerous(place, policy) or whole
    except TooSlow as error:
        why = f"the beginnings are {error}"
        unread = Looked(whole.findings, "not checkable", why, (*whole.problems, why))
        return judged(whole.findings, unread, place.insertion.text, policy)


def _on_first_dangerous(place: Place, policy: Policy) -> Report | None:
    """The report on the first prefix that counts, None where there is none.

    Raises:
        TooSlow: there was no time to look at all of them.
    """
    for length, only in _needed(place, policy):
        report = on_prefix(place, length, policy, only)
        if report is not None and kind_of(place.language) == "script":
            # What does not block is said of it too.
            report = on_prefix(place, length, policy)
        if report is not None:
            return report
    return None


def on_prefix(
    place: Place, length: int, policy: Policy, only: frozenset[str] | None = None
) -> Report | None:
    """The report on a prefix of this length, None where it does not count.

    only: the rules that may block it, if they are known; for Python, those for code.
    """
    text = place.insertion.text
    prefix = text[:length]
    must_run = not place.look(text).is_repaired
    new, looked = place.brings(prefix, only, must_run=must_run)
    report = judged(new, looked, prefix, policy)
    if not looked.problems and (
        looked.is_open
        or (must_run and looked.is_repaired)
        or looked.level == "not checkable"
        or not any(finding.action == "block" for finding in report.findings)
    ):
        return None
    ending = prefix.split("\n")[-1].strip() or prefix.strip()[-40:]
    why = f"taken up to {ending!r}: {report.why}"
    return replace(report, verdict="block", text=None, why=why, prefix=prefix)


def _needed(place: Place, policy: Policy) -> Iterator[tuple[int, frozenset[str] | None]]:
    """The prefixes of which it is not plain that they do not count, and the rules that may tell."""
    text = place.insertion.text
    ends = counted_ends(place)
    if not ends:
        return
    kind = kind_of(place.language)
    if kind == "script":
        yield from _needed_in_script(place, policy, ends)
        return
    near = line_around(place)
    right, seams = near.right, near.seams(ends)
    rules = frozenset[str]()
    said: Vocabulary | None = None
    if kind == "python":
        if place.frame is not None:
            beyond = vocabulary([seams])
            said, nearby = (words.joined(beyond) for words in place.frame.words(text))
            rules = blocking_among(said, nearby, policy)
            if rules and place.near and not place.near.words(text)[0].joined(beyond).is_remote:
                # For parts of the text less is read of what is far off: no flow from the network.
                rules -= of_network_alone(rules, policy)
        else:
            around = place.insertion.applied(place.document)
            rules = blocking(f"{around}\n{seams}", "python", policy)
    is_open = [False] * len(ends)
    if rules and not place.look(text).is_repaired:
        is_open = _open_ends(place, ends, right)
    harmless = frozenset[str]()
    # What is named in a branch that is never taken is not seen to come from anywhere.
    # Of several lines one may keep another from being run, or give its names another meaning.
    is_simple = not (right.strip() or "\n" in text or may_leave(text) or is_of_requests(text))
    if said is not None and is_simple and place.look(text).is_without_remote:
        harmless = of_network_alone(rules, policy)
    last, unknown = "", -1
    begins: dict[int, bool] = {}
    may_hide = blocking(near.all_of_it(ends), "any", policy)
    for end, opened in zip(ends, is_open, strict=True):
        place.deadline.check()
        start = text.rfind("\n", 0, end) + 1
        line = near.up_to(end)
        done = text[:end].rstrip()
        # Where it goes on with a line above, in a bracket perhaps, even a name alone may be read.
        if start not in begins:
            begins[start] = not right.strip() and _begins_statement(place, start)
        is_own = begins[start]
        is_idle = not right.strip() and (done == last or (is_own and _says_nothing(line)))
        last = done
        is_code = bool(rules) and not opened and not is_idle
        if is_code and said is not None and not right.strip():
            # Of the beginnings of a name that mean nothing one stands for all.
            begin = None if policy.rules else unknown_name(text[:end], said)
            is_code = begin != unknown and not (is_own and is_waiting(text[:end]))
            unknown = -1 if begin is None else begin
        asked = rules
        if harmless and said is not None and not may_begin_elsewhere(text, end, said):
            asked = rules - harmless
            is_code = is_code and bool(asked)
        if is_code and said is not None and is_own:
            is_code = not (says_nothing_new(line) or _is_plain(place, line, end, asked, policy))
        if is_code or (may_hide and _may_be_secret(line, policy)):
            yield end, asked if is_code else frozenset()


def _needed_in_script(
    place: Place, policy: Policy, ends: tuple[int, ...]
) -> Iterator[tuple[int, frozenset[str] | None]]:
    near = line_around(place)
    may_hide = blocking(near.all_of_it(ends), "any", policy)
    for end, rules in needed(place, policy, ends):
        place.deadline.check()
        if may_hide and _may_be_secret(near.up_to(end), policy):
            yield end, rules | may_hide
        elif rules:
            yield end, rules


def _is_plain(place: Place, line: str, end: int, rules: frozenset[str], policy: Policy) -> bool:
    """Whether the prefix ends in a line that only reads what is not from the network.

    Then it is as good as the one without the line, for rules that block nothing else.
    """
    chain = chain_ends(line)
    if chain is None or rules != of_network_alone(rules, policy):
        return False
    frame = place.frame
    assert frame is not None
    words = frozenset(_WORD.findall(line))
    if are_called(rules, words, NOTHING_SAID, frame.said):
        return False  # A dangerous function under another name.
    whole, first = (place.look(place.insertion.text).is_plain(end - back) for back in chain[::-1])
    return bool(first) and not is_of_requests(line) if whole is None else whole


def _begins_statement(place: Place, start: int) -> bool:
    """Whether the line of the insertion's text that begins at `start` goes on with none above."""
    document, span = place.document, place.insertion.span
    above = document[: document.rfind("\n", 0, span.start) + 1]
    if start:
        above = document[: span.start] + place.insertion.text[:start]
    if place.frame is None or above.rstrip("\r\n").endswith("\\"):
        return False
    change = place.frame.change
    (state,) = states(above[change.span.start :], [max(len(above) - change.span.start, 0)])
    return state.depth == 0 and not state.quote


def counted_ends(place: Place) -> tuple[int, ...]:
    """The lengths of the prefixes that may count."""
    text = place.insertion.text
    ends = boundaries(text)
    if ends and place.look(text).is_repaired:
        return tuple(end for end in ends if text[end] in "\r\n")
    return ends


def _may_be_secret(line: str, policy: Policy) -> bool:
    """Whether a rule for text of any language would block something in this line alone."""
    if not blocking(line, "any", policy):
        return False
    found = find_in_text(line, Deadline.after(1.0))
    return bool(found.problems) or any(
        finding.action == "block" for finding in policy.judged(found.findings)
    )


def _says_nothing(line: str) -> bool:
    words = line.strip()
    return _IDLE.fullmatch(words) is not None and words not in _KEYWORDS


def _open_ends(place: Place, ends: tuple[int, ...], right: str) -> list[bool]:
    """Whether each prefix surely ends inside of a bracket or a string that it opens.

    The whole parses. A prefix with other brackets open than the whole leaves the rest of the text
    with one too many or too few.
    """
    if place.frame is None:
        before, text = place.insertion.span.start, place.document[: place.insertion.span.start]
    else:
        change = place.frame.change
        before = change.placed.start - change.span.start
        text = change.with_text("")[:before]
    text += place.insertion.text
    *found, whole = states(text, [*(before + end for end in ends), len(text)])
    # In a comment what follows on the line is no code for the whole, but it is for a prefix.
    if whole.quote or (right.strip() and "#" in place.insertion.text):
        return [False] * len(ends)
    return [
        state.quote not in right if state.quote else state.depth != whole.depth for state in found
    ]
