"""What an editor can take of an insertion, piece by piece, must not be dangerous either.

A prefix counts against an insertion only where it is really dangerous once it is in the file:

- where the policy blocks what it brings. What is merely said beside a text is said once it is
  there.
- where the file with it can run. A prefix that ends inside of a call or a string cannot: whatever
  closes it is typed by someone who sees it, and is then read as the user's own. So
  `redirect(target` does not speak against `redirect(target if is_local(target) else "/")`.

A prefix that cannot be read even with repairs cannot run, for the same reason. One at which a rule
fails leaves the whole insertion unchecked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from analyzers.analysis import Looked
from analyzers.boundaries import boundaries
from analyzers.delta import Insertion
from analyzers.finding import Finding
from analyzers.policy import Policy
from analyzers.report import Report
from analyzers.verdict import judged

# What an insertion brings, and what was seen of the text that has it.
Brings = Callable[[Insertion], tuple[tuple[Finding, ...], Looked]]


def judged_with_prefixes(
    whole: Report, insertion: Insertion, policy: Policy, brings: Brings, cuts: Iterable[int] = ()
) -> Report:
    """The report on the whole, or that on its first dangerous prefix where that is worse."""
    if whole.verdict == "block":
        return whole
    for length in cuts or boundaries(insertion.text):
        prefix = Insertion(insertion.span, insertion.text[:length])
        report = _on_prefix(prefix, policy, brings)
        if report is not None:
            return report
    return whole


def _on_prefix(prefix: Insertion, policy: Policy, brings: Brings) -> Report | None:
    new, looked = brings(prefix)
    if looked.problems:
        report = judged(new, looked, prefix.text, policy)
    elif looked.is_open or looked.level == "not checkable":
        return None
    else:
        report = judged(new, looked, prefix.text, policy)
        if not any(finding.action == "block" for finding in report.findings):
            return None
    ending = prefix.text.split("\n")[-1].strip() or prefix.text.strip()[-40:]
    return replace(report, why=f"taken up to {ending!r}: {report.why}", prefix=prefix.text)
