"""How far a finder can be trusted: held against labelled files and labelled fragments."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tqdm import tqdm

from evals.json_fields import Scalar
from evals.run_record import TaskVerdict
from evals.security.confusion import Confusion, Judged, confusions, mean_youden, total
from evals.security.cwe import same_weakness
from evals.security.finding import SEVERITIES, Finder, Finding, Scan, Severity
from evals.security.intervals import Rate
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


def file_metrics(verdicts: Sequence[FileVerdict]) -> dict[str, Scalar]:
    """The figures of the whole run for its record."""
    parts = confusions(verdict.judged for verdict in verdicts)
    pooled = total(parts.values())
    figures: dict[str, Scalar] = {
        "youden_mean": mean_youden(parts),
        "youden_mean_strict": mean_youden(parts, strict=True),
        "youden_pooled": pooled.youden,
        "true_positive_rate": pooled.true_positives.share,
        "false_positive_rate": pooled.false_positives.share,
        "n_unchecked": pooled.n_unchecked,
    }
    for category, part in parts.items():
        figures[f"{category} true positive rate"] = part.true_positives.share
        figures[f"{category} false positive rate"] = part.false_positives.share
        figures[f"{category} youden"] = part.youden
    return figures


def file_table(verdicts: Sequence[FileVerdict]) -> str:
    """The figures by category for a reader."""
    parts = confusions(verdict.judged for verdict in verdicts)
    lines = [
        f"{'category':16} {'true positives':36} {'false positives':36} {'Youden':>6} unchecked"
    ]
    lines += [_row(category, part) for category, part in parts.items()]
    lines.append(_row("pooled", total(parts.values())))
    mean, strict = mean_youden(parts), mean_youden(parts, strict=True)
    lines += [
        f"Youden's index, unweighted mean over the categories: {_signed(mean)} "
        "(a vulnerable file that was not checked counts as missed)",
        f"the same with safe files that were not checked counted as accused: {_signed(strict)}",
        "read: " + _levels([verdict.scan for verdict in verdicts]),
    ]
    return "\n".join(lines)


def fragment_metrics(verdicts: Sequence[FragmentVerdict]) -> dict[str, Scalar]:
    """The figures of the whole run for its record."""
    exact, anywhere = _fragment_rates(verdicts)
    return {
        "found_on_line": exact.share,
        "found_anywhere": anywhere.share,
        "n_unchecked": sum(verdict.scan.level == "unchecked" for verdict in verdicts),
    }


def fragment_table(verdicts: Sequence[FragmentVerdict]) -> str:
    """The figures by CWE for a reader."""
    lines = [f"{'weakness':12} {'right CWE on the labelled line':36} right CWE anywhere"]
    for cwe in sorted({verdict.fragment.cwe for verdict in verdicts}):
        rates = _fragment_rates([v for v in verdicts if v.fragment.cwe == cwe])
        lines.append(f"{f'CWE-{cwe}':12} {rates[0]!s:36} {rates[1]}")
    exact, anywhere = _fragment_rates(verdicts)
    lines.append(f"{'all':12} {exact!s:36} {anywhere}")
    lines.append("read: " + _levels([verdict.scan for verdict in verdicts]))
    return "\n".join(lines)


def _scan(finder: Finder, text: str, language: str, severity: Severity) -> Scan:
    scan = finder(text, None, language)
    least = SEVERITIES.index(severity)
    kept = tuple(f for f in scan.findings if SEVERITIES.index(f.severity) >= least)
    return Scan(kept, scan.level, scan.why, scan.n_unread_lines)


def _touches(finding: Finding, fragment: Fragment) -> bool:
    # An end in column 0 is that of the line before.
    last = finding.end_line - (finding.end_column == 0 and finding.end_line > finding.line)
    return finding.line <= fragment.end_line and last >= fragment.line


def _fragment_rates(verdicts: Sequence[FragmentVerdict]) -> tuple[Rate, Rate]:
    n = len(verdicts)
    return (
        Rate(sum(verdict.is_exact for verdict in verdicts), n),
        Rate(sum(verdict.is_found for verdict in verdicts), n),
    )


def _row(name: str, part: Confusion) -> str:
    rates = f"{part.true_positives!s:36} {part.false_positives!s:36}"
    return f"{name:16} {rates} {_signed(part.youden):>6} {part.n_unchecked}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"


def _levels(scans: Sequence[Scan]) -> str:
    levels = Counter(scan.level for scan in scans)
    left_out = sum(scan.n_unread_lines > 0 for scan in scans)
    told = ", ".join(f"{level} {n}" for level, n in levels.most_common())
    return f"{told}; {left_out} with lines left out to read the rest"
