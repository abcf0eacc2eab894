"""What is to happen with a finding: data, so that a user can set it and a report can show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Literal

from analyzers.finding import Action, Confidence, Finding, Severity

# Blocked is only what is proven and bad; everything else is said beside the text.
_DEFAULT: Mapping[tuple[Severity, Confidence], Action] = MappingProxyType(
    {
        ("high", "high"): "block",
        ("high", "medium"): "fix",
        ("medium", "high"): "fix",
    }
)


@dataclass(frozen=True, slots=True)
class Policy:
    """Decides over findings.

    actions: by severity and confidence; what is not named is annotated.
    rules: by the rule's name, which goes before.
    unchecked: whether text that could not be read is withheld ("block") or offered and marked.
    other_languages: the same for code in a language that has no analyzer, of which only secrets and
        invisible characters are read.

    "block" offers the fixed form or nothing. "fix" offers the fixed form, or the text with a mark
    and the reason: what is not proven is not withheld, and once it is in the file, its fix may
    change what stands before it too.
    """

    actions: Mapping[tuple[Severity, Confidence], Action] = field(default_factory=lambda: _DEFAULT)
    rules: Mapping[str, Action] = field(default_factory=lambda: MappingProxyType({}))
    unchecked: Literal["block", "annotate"] = "block"
    other_languages: Literal["block", "annotate"] = "annotate"

    def __reduce__(self) -> tuple[Any, ...]:
        """Takes the way to another process as plain dictionaries."""
        values = (getattr(self, item.name) for item in fields(self))
        return Policy, tuple(dict(v) if isinstance(v, Mapping) else v for v in values)

    def action(self, finding: Finding) -> Action:
        """What is to happen with `finding`."""
        by_kind = self.actions.get((finding.severity, finding.confidence), "annotate")
        return self.rules.get(finding.rule, by_kind)

    def judged(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings with their actions, without those that are off."""
        acted = (replace(finding, action=self.action(finding)) for finding in findings)
        return tuple(finding for finding in acted if finding.action != "off")


DEFAULT = Policy()
