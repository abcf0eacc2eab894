"""How far a finder can be trusted: held against labelled files and labelled fragments."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tqdm import tqdm

from evals.run_record import TaskVerdict
from evals.security.confusion import Judged
from evals.security.cwe import same_weakness
from evals.security.finding import SEVERITIES, Finder, Finding, Scan, Severity
from evals.security.labels import Fragment, LabelledFile

_LANGUAGE = "python"


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """One labelled file and what the finder made of it."""

    file: LabelledFile
    scan: Scan
    judged: Judged
    seconds: float

    def verdict(self) -> TaskVerdict:
        """Passed: the finder's verdict is the label's."""
        if not self.judged.is_checked:
            reason = "unchecked"
        elif self.judged.is_correct:
            reason = "found" if self.judged.is_vulnerable else "clean"
        else:
            reason = "missed" if self.judged.is_vulnerable else "false alarm"
        return TaskVerdict(
            passed=self.judged.is_correct,
            reason=reason,
            detail=self.scan.why or " ".join(sorted({f.rule for f in self.scan.findings})),
            n_passed=int(self.judged.is_correct),
            seconds=round(self.seconds, 4),
            metrics={
                "category": self.judged.category,
                "cwe": self.file.label.cwe,
                "findings": len(self.scan.findings),
                "level": self.scan.level,
                "unread_lines": self.scan.n_unread_lines,
            },
        )


@dataclass(frozen=True, slots=True)
class FragmentVerdict:
    """One insecure fragment; `is_exact`: the right CWE on a labelled line, `is_found`: anywhere."""

    fragment: Fragment
    scan: Scan
    is_exact: bool
    is_found: bool
    seconds: float

    def verdict(self) -> TaskVerdict:
        """Passed: the right CWE on a labelled line."""
        elsewhere = "elsewhere" if self.is_found else "missed"
        unread = "unchecked" if self.scan.level == "unchecked" else elsewhere
        return TaskVerdict(
            passed=self.is_exact,
            reason="found" if self.is_exact else unread,
            detail=self.scan.why or " ".join(f"{f.rule}@{f.line}" for f in self.scan.findings),
            n_passed=int(self.is_exact),
            seconds=round(self.seconds, 4),
            metrics={
                "cwe": self.fragment.cwe,
                "findings": len(self.scan.findings),
                "level": self.scan.level,
                "unread_lines": self.scan.n_unread_lines,
            },
        )


def judge_files(
    finder: Finder, files: Sequence[LabelledFile], severity: Severity, *, quiet: bool
) -> list[FileVerdict]:
    """Reads each file; accused is one with a finding of the label's weakness."""
    verdicts = []
    for file in tqdm(files, unit="file", desc="reading", disable=quiet):
        started = time.perf_counter()
        scan = (
            Scan((), "unchecked", file.problem)
            if file.text is None
            else _scan(finder, file.text, _LANGUAGE, severity)
        )
        label = file.label
        accused = any(same_weakness(finding.cwe, label.cwe) for finding in scan.findings)
        checked = scan.level != "unchecked"
        judged = Judged(label.category, label.is_vulnerable, accused, checked)
        verdicts.append(FileVerdict(file, scan, judged, time.perf_counter() - started))
    return verdicts


def judge_fragments(
    finder: Finder, fragments: Sequence[Fragment], severity: Severity, *, quiet: bool
) -> list[FragmentVerdict]:
    """Reads each fragment; found is a finding of its weakness that touches a labelled line."""
    verdicts = []
    for fragment in tqdm(fragments, unit="fragment", desc="reading", disable=quiet):
        started = time.perf_counter()
        scan = _scan(finder, fragment.text, fragment.language_id, severity)
        right = [f for f in scan.findings if same_weakness(f.cwe, fragment.cwe)]
        exact = any(_touches(f, fragment) for f in right)
        seconds = time.perf_counter() - started
        verdicts.append(FragmentVerdict(fragment, scan, exact, bool(right), seconds))
    return verdicts


def _scan(finder: Finder, text: str, language: str, severity: Severity) -> Scan:
    scan = finder(text, None, language)
    least = SEVERITIES.index(severity)
    kept = tuple(f for f in scan.findings if SEVERITIES.index(f.severity) >= least)
    return Scan(kept, scan.level, scan.why, scan.n_unread_lines)


def _touches(finding: Finding, fragment: Fragment) -> bool:
    # An end in column 0 is that of the line before.
    last = finding.end_line - (finding.end_column == 0 and finding.end_line > finding.line)
    return finding.line <= fragment.end_line and last >= fragment.line
