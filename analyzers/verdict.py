"""From findings and a policy to what may be offered."""

from __future__ import annotations

from analyzers.analysis import Looked
from analyzers.finding import Finding
from analyzers.policy import Policy
from analyzers.report import Report, Verdict

_ORDER: tuple[Verdict, ...] = ("allow", "annotate", "fix", "block")


def judged(findings: tuple[Finding, ...], looked: Looked, text: str, policy: Policy) -> Report:
    """The verdict over a text that holds these findings, without asking for a fixed form.

    A finding to be fixed, of which there is no fixed form, is said beside the text; one to be
    blocked withholds it. So does text that could not be checked, unless the policy lets it pass.
    """
    acted = policy.judged(findings)
    blocked = [finding for finding in acted if finding.action == "block"]
    why = looked.why
    if blocked:
        verdict: Verdict = "block"
        said = "; ".join(dict.fromkeys(finding.message for finding in blocked))
        why = f"{said}; {why}" if why else said
    elif looked.level == "not checkable":
        verdict = policy.unchecked
    elif looked.level == "text only":
        verdict = policy.other_languages
    else:
        verdict = "annotate" if acted else "allow"
    offered = None if verdict == "block" else text
    return Report(
        verdict,
        acted,
        looked.level,
        offered,
        why,
        looked.problems,
        n_without_fix=looked.n_without_fix,
    )


def is_worse(one: Report, other: Report) -> bool:
    """Whether the first verdict is the stricter one."""
    return _ORDER.index(one.verdict) > _ORDER.index(other.verdict)
