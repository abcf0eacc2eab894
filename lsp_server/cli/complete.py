"""`leadsman complete FILE LINE:COL`: one inline completion, as an editor would get it."""

from __future__ import annotations

import argparse
import json
import re
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from analyzers.finding import Span
from analyzers.policy import Policy
from analyzers.project import Project
from codegen.choice import EngineChoice, open_chosen
from codegen.engine import CancelToken, Engine
from codegen.errors import LeadsmanError
from lsp_server.analysis.analyst import Analyst
from lsp_server.analysis.analyzers import LocalAnalyzers
from lsp_server.cli.engine_arguments import add_engine_arguments, choice_of
from lsp_server.completion.checking import Placement, check_document, checked, explain
from lsp_server.completion.complete import complete
from lsp_server.completion.query import CompletionOptions, CompletionQuery, CompletionResult
from lsp_server.completion.syntax import language_of
from lsp_server.options import LIMITS

if TYPE_CHECKING:
    from codegen.store.model import StoredModel

_LINE_END = re.compile(r"\r\n|\r|\n")
_POSITION = re.compile(r"(\d{1,9}):(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Position:
    """A cursor as a user writes it: a 1-based line and the code points before it on the line."""

    line: int
    column: int


def find_stored_model(ref: str | None) -> StoredModel:
    """The model of that name in the local store, or the default one."""
    from codegen.store.store import Store

    store = Store()
    return store.default() if ref is None else store.find(ref)


def open_local_engine(model: StoredModel, choice: EngineChoice) -> Engine:
    """The engine in this process; imports torch."""
    return open_chosen(model, choice)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the command."""
    parser = subparsers.add_parser(
        "complete",
        help="one inline completion for a place in a file",
        description="Prints the text to insert at a place in a file.",
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument(
        "position",
        metavar="LINE:COL",
        type=_position,
        help="1-based line, and how many characters of it stand before the cursor",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--model", metavar="REF", help="a name from `leadsman model list`")
    parser.add_argument("--max-tokens", metavar="N", type=_integer("max_new_tokens"), default=None)
    parser.add_argument("--temperature", metavar="T", type=_temperature, default=0.0)
    parser.add_argument("--seed", metavar="N", type=_integer("seed"), default=0)
    parser.add_argument(
        "--unchecked",
        choices=("block", "annotate"),
        default="block",
        help="what to do with text that cannot be checked: withhold it, or print it and say so",
    )
    parser.add_argument("--multiline", choices=("auto", "never", "always"), default="auto")
    add_engine_arguments(parser)


def run(
    args: argparse.Namespace,
    find_model: Callable[[str | None], StoredModel] = find_stored_model,
    open_engine: Callable[[StoredModel], Engine] | None = None,
    analyst: Analyst | None = None,
) -> int:
    """Prints the completion; 0 when the engine answered, 1 when it failed.

    Raises:
        LeadsmanError: the file, the position or the model cannot be used.
    """
    text = read_text(args.file)
    query = CompletionQuery(
        text=text,
        offset=offset_of(text, args.position, args.file),
        language_id=language_of(args.file.name),
        path=args.file.name,
        trigger="invoked",
    )
    options = CompletionOptions(
        max_new_tokens=args.max_tokens or CompletionOptions().max_new_tokens,
        multiline=args.multiline,
        temperature=args.temperature,
        seed=args.seed,
    )
    analyst = analyst or Analyst(LocalAnalyzers())
    opened = open_engine or partial(open_local_engine, choice=choice_of(args))
    model = find_model(args.model)
    analyst.load()  # Beside the model.
    engine = opened(model)
    cancel = CancelToken()
    try:
        result = complete(query, options, engine, cancel)
        generated = result.text
        placement = Placement(text, Span(query.offset, query.offset))
        result = checked(
            result,
            placement,
            lambda document, insertion: analyst.check(
                document,
                insertion,
                query.language_id,
                Policy(unchecked=args.unchecked),
                Project(args.file.absolute()),
            ),
        )
    finally:
        cancel.cancel()
        engine.close()
    if args.json:
        check = check_document(result, placement, generated)
        _print_json(result, engine.info.model, check)
    elif result.text:
        _print_text(result.text)
        if result.check is not None and result.check.verdict != "allow":
            form = {"fix": "mended", "annotate": "mind"}[result.check.verdict]
            form = form if result.check.is_checked else "unchecked"
            print(f"{form}: {explain(result.check, placement, generated)}", file=sys.stderr)
    else:
        print(f"no completion: {result.reason} ({result.detail})", file=sys.stderr)
    return 1 if result.reason == "failed" else 0


def read_text(path: Path) -> str:
    """The file's text with its own line ends and without a byte order mark.

    Raises:
        LeadsmanError: there is no such file, or it is not UTF-8 text.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            # Reading a pipe that nobody writes to would never end.
            raise LeadsmanError(f"{path} is not a regular file; save the text to one first")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise LeadsmanError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise LeadsmanError(f"{path} is a directory; name a file in it") from None
    except UnicodeDecodeError as error:
        raise LeadsmanError(
            f"{path} is not UTF-8 text (byte {error.start}); convert it first"
        ) from None
    except OSError as error:
        raise LeadsmanError(f"{path} cannot be read: {error.strerror or error}") from None


def offset_of(text: str, position: Position, path: Path) -> int:
    """The code points before a position.

    Raises:
        LeadsmanError: the text has no such line, or the line is shorter.
    """
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    ends = [*(match.start() for match in _LINE_END.finditer(text)), len(text)]
    if not 1 <= position.line <= len(starts):
        raise LeadsmanError(
            f"{path} has {len(starts)} lines; the line must be 1 to {len(starts)}, "
            f"not {position.line}"
        )
    start, end = starts[position.line - 1], ends[position.line - 1]
    if position.column > end - start:
        raise LeadsmanError(
            f"line {position.line} of {path} has {end - start} characters; the column must be "
            f"0 to {end - start}, not {position.column}"
        )
    return start + position.column


def _print_json(
    result: CompletionResult, model: str | None, check: dict[str, object] | None
) -> None:
    document = {
        "completion": result.text,
        "model": model,
        "reason": result.reason,
        "detail": result.detail,
        "timings_ms": {name: round(ms, 3) for name, ms in result.timings_ms.items()},
        "tokens": result.tokens,
        "check": check,
    }
    print(json.dumps(document))


def _print_text(text: str) -> None:
    """Writes UTF-8 whatever the terminal's encoding, and line ends as they are."""
    sys.stdout.flush()
    data = (text if text.endswith(("\n", "\r")) else text + "\n").encode("utf-8", "replace")
    sys.stdout.buffer.write(data)


def _position(text: str) -> Position:
    match = _POSITION.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not LINE:COL, two numbers such as 12:4")
    return Position(int(match.group(1)), int(match.group(2)))


def _integer(setting: str) -> Callable[[str], int]:
    """Reads a number within the limits of the setting of that name."""
    low, high = LIMITS[setting]

    def read(text: str) -> int:
        # Nothing within the limits has more digits, and Python refuses to read thousands of them.
        is_number = text.isascii() and text.isdigit() and len(text) <= 20
        if not is_number or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not an integer from {low} to {high}")
        return int(text)

    return read


def _temperature(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 2.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 2")
    return value
