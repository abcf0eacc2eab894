"""What held a finder against its labels, as figures and as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from evals.json_fields import Scalar
from evals.security.confusion import Confusion, confusions, mean_youden, total
from evals.security.finding import Scan
from evals.security.intervals import Rate
from evals.security.trust import FileVerdict, FragmentVerdict


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
