"""`leadsman review PATH...`: what is unsafe in files, in a change, or in text on standard input."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codegen.errors import LeadsmanError
from lsp_server import VERSION
from lsp_server.cli.failure import unwritten
from lsp_server.cli.review_arguments import add_parser

if TYPE_CHECKING:
    from analyzers.policy import Policy
    from analyzers.review.reviewing import Job, Reviewed
    from analyzers.review.targets import Target

__all__ = ["add_parser", "run"]

_STDIN = "-"
# Fewer files are read before a bar could be looked at.
_FILES_WORTH_A_BAR = 20


def run(args: argparse.Namespace) -> int:
    """Reviews and prints; 0 when nothing was found at or above the level asked for, else 1.

    Raises:
        LeadsmanError: the arguments, a path, a revision or a rule cannot be used.
    """
    from analyzers.review.errors import ReviewError

    try:
        return _explain(args) if args.explain is not None else _review(args)
    except ReviewError as error:
        raise LeadsmanError(str(error)) from None


def _explain(args: argparse.Namespace) -> int:
    from analyzers.registry import by_alias, rules

    if args.explain == "list":
        return _list_rules(args)
    registered = rules().get(args.explain) or by_alias().get(args.explain.upper())
    if registered is None:
        raise LeadsmanError(_unknown_rule(args.explain))
    rule = registered.rule
    if args.json or args.format == "json":
        document = {
            "rule": rule.name, "cwe": rule.cwe, "severity": rule.severity,
            "confidence": rule.confidence, "languages": rule.languages, "aliases": rule.aliases,
            "page": registered.page,
        }  # fmt: skip
        print(json.dumps(document))
    else:
        aliases = f"; also {', '.join(rule.aliases)}" if rule.aliases else ""
        print(f"{rule.name} (CWE-{rule.cwe}, {rule.severity} severity{aliases})\n")
        print(registered.page)
    return 0


def _list_rules(args: argparse.Namespace) -> int:
    from analyzers.registry import rules

    if args.json or args.format == "json":
        print(json.dumps(sorted(rules())))
        return 0
    for name, registered in sorted(rules().items()):
        title = registered.page.partition("\n")[0]
        print(f"{name:26} CWE-{registered.rule.cwe:<5} {title}")
    return 0


def _review(args: argparse.Namespace) -> int:
    from analyzers.project import Project
    from analyzers.review.documents import plain
    from analyzers.review.fixing import fix_file
    from analyzers.review.reviewing import Job

    _refuse_contradictions(args)
    job = Job(_policy(args.rule), Project(root=Path.cwd()))
    if args.paths == [_STDIN]:
        reviewed = [_review_stdin(args, job)]
    else:
        reviewed = _review_files(_targets(args), job, _is_quiet(args))
    if not args.fix:
        _print(args, reviewed, None)
        return _exit_code(reviewed, args.fail_on)
    fixed = [fix_file(one, job) for one in reviewed]
    for one in fixed:
        shown, done = plain(one.reviewed.target.shown), "; ".join(one.done)
        if one.n_fixed:
            print(f"{shown}: fixed {one.n_fixed}: {done}", file=sys.stderr)
        if one.why_not:
            print(f"{shown}: not fixed: {one.why_not}", file=sys.stderr)
    reviewed = [one.reviewed for one in fixed]
    _print(args, reviewed, sum(one.n_fixed for one in fixed))
    return 2 if any(one.why_not for one in fixed) else _exit_code(reviewed, args.fail_on)


def _refuse_contradictions(args: argparse.Namespace) -> None:
    if not args.paths and args.diff is None:
        raise LeadsmanError("review what? name files or folders, - for standard input, or --diff")
    if _STDIN in args.paths and (len(args.paths) > 1 or args.diff or args.fix):
        raise LeadsmanError("- stands alone: not with other paths, --diff or --fix")
    if args.stdin_name and args.paths != [_STDIN]:
        raise LeadsmanError("--stdin-name names the text of -, which is not asked for")


def _targets(args: argparse.Namespace) -> list[Target]:
    from analyzers.review.targets import changed_targets, targets

    if args.diff is not None:
        return changed_targets(args.paths or ["."], args.diff)
    return targets(args.paths, args.language)


def _review_files(targets: Sequence[Target], job: Job, is_quiet: bool) -> list[Reviewed]:
    from tqdm import tqdm

    from analyzers.review.reviewing import review

    hidden = is_quiet or len(targets) < _FILES_WORTH_A_BAR
    with tqdm(total=len(targets), unit="file", disable=hidden, leave=False) as bar:
        return list(review(targets, job, lambda: bar.update() and None))


def _review_stdin(args: argparse.Namespace, job: Job) -> Reviewed:
    from analyzers.review.file_names import language_of
    from analyzers.review.reviewing import review_text
    from analyzers.review.targets import Target, decoded

    named = language_of(args.stdin_name) if args.stdin_name else None
    language = args.language or named or "python"
    if sys.stdin is None:
        raise LeadsmanError("standard input is closed; pipe a text into it")
    text = decoded(sys.stdin.buffer.read(), language)
    if text is None:
        raise LeadsmanError("standard input is not UTF-8 text; convert it first")
    name = args.stdin_name or _STDIN
    return review_text(Target(Path(name), name, language), text, job)


def _policy(settings: Sequence[str]) -> Policy:
    from analyzers.finding import ACTIONS
    from analyzers.policy import Policy
    from analyzers.registry import by_alias, rules

    actions: dict[str, Any] = {}
    for setting in settings:
        name, _, action = setting.partition("=")
        registered = rules().get(name) or by_alias().get(name.upper())
        if registered is None:
            raise LeadsmanError(_unknown_rule(name))
        if action not in ACTIONS:
            shown = setting[:60]
            raise LeadsmanError(f"--rule {shown}: the action is one of {', '.join(ACTIONS)}")
        actions[registered.rule.name] = action
    return Policy(rules=actions)


def _unknown_rule(name: str) -> str:
    import difflib

    from analyzers.registry import by_alias, rules

    known = [*sorted(rules()), *sorted(by_alias())]
    # What has the word in it is nearer than what has letters in common.
    word = name.lower()
    holding = [one for one in known if len(word) > 2 and word in one.lower()]
    near = sorted(holding, key=lambda one: not one.lower().startswith(word))[:3]
    near = near or difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else "see leadsman review --explain list"
    return f"no rule is called {name[:60]!r}; {hint}"


def _is_quiet(args: argparse.Namespace) -> bool:
    return not sys.stderr.isatty() or "CI" in os.environ


def _print(args: argparse.Namespace, reviewed: list[Reviewed], n_fixed: int | None) -> None:
    try:
        _print_document(args, reviewed, n_fixed)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritten(error) from None


def _print_document(
    args: argparse.Namespace, reviewed: list[Reviewed], n_fixed: int | None
) -> None:
    from analyzers.review.documents import json_document, summary, text_lines
    from analyzers.review.sarif import sarif_document

    if args.json or args.format == "json":
        print(json.dumps(json_document(reviewed, n_fixed)))
    elif args.format == "sarif":
        print(json.dumps(sarif_document(reviewed, VERSION)))
    else:
        sys.stdout.flush()
        lines = "".join(f"{line}\n" for line in text_lines(reviewed))
        sys.stdout.buffer.write(lines.encode("utf-8", "replace"))
        sys.stdout.flush()
        print(summary(reviewed, n_fixed), file=sys.stderr)


def _exit_code(reviewed: Sequence[Reviewed], fail_on: str) -> int:
    from analyzers.finding import LEVELS_OF_SEVERITY
    from analyzers.review.documents import is_at_least

    if fail_on == "never":
        return 0
    least = next(level for level in LEVELS_OF_SEVERITY if level == fail_on)
    # What was not read is not clean.
    fails = any(
        not one.report.is_checked
        or any(is_at_least(finding.severity, least) for finding in one.report.findings)
        for one in reviewed
    )
    return int(fails)
