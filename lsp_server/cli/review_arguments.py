"""What `leadsman review` can be told."""

from __future__ import annotations

import argparse


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the command."""
    parser = subparsers.add_parser(
        "review",
        help="what is unsafe in files, a change or standard input",
        description="Reads files, half-typed ones too, and says what is unsafe in them.",
        epilog="Exit code 0: nothing at or above --fail-on. 1: something, or a file that could "
        "not be read. 2: the arguments, the paths or the disk do not allow it.",
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="files, folders (as .gitignore lets them be read), or - for standard input",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "sarif"),
        default="text",
        help="text (the default), one JSON document, or SARIF 2.1.0",
    )
    parser.add_argument("--json", action="store_true", help="the same as --format json")
    parser.add_argument(
        "--fail-on",
        choices=("low", "medium", "high", "never"),
        default="medium",
        metavar="LEVEL",
        help="the least severity that fails: low, medium (the default), high, or never",
    )
    parser.add_argument(
        "--diff", metavar="REV", help="only what changed since this git revision, in PATH or here"
    )
    parser.add_argument(
        "--fix",
        action="store_true",
        help="write the fixes that hold, but for doubtful findings that would do little harm",
    )
    parser.add_argument(
        "--language",
        metavar="ID",
        help="what the named files and standard input are written in: python, javascript, "
        "typescript, or another as editors call it",
    )
    parser.add_argument(
        "--stdin-name", metavar="FILE", help="the path that the text on standard input belongs to"
    )
    parser.add_argument(
        "--rule",
        metavar="NAME=ACTION",
        action="append",
        default=[],
        help="off, annotate, fix or block, for a rule by its name or that of Bandit and ruff "
        "(B608, S608); may be repeated",
    )
    parser.add_argument(
        "--explain", metavar="RULE", help="print the page of a rule and stop; list names them all"
    )
