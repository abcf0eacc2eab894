"""`leadsman model`: list, pull, show and remove the models of the local store."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from codegen.store.catalog import CatalogEntry
from codegen.store.disk import readable_bytes
from codegen.store.model import StoredModel
from codegen.store.progress import Progress, Silent
from codegen.store.store import Store

if TYPE_CHECKING:
    from tqdm import tqdm


class TerminalProgress:
    """Draws one bar per stage on stderr, and notes as lines of their own above it."""

    def __init__(self) -> None:
        self._bar: tqdm[None] | None = None
        self._stage = ""

    def update(self, stage: str, done_bytes: int, total_bytes: int) -> None:
        """Moves the bar, or starts the next stage's."""
        from tqdm import tqdm

        if self._bar is None or self._bar.total != total_bytes:
            self.close()
            # A log file gets a line now and then instead of ten a second.
            pause_s = 0.1 if sys.stderr.isatty() else 10.0
            self._bar = tqdm(
                total=total_bytes, unit="B", unit_scale=True, file=sys.stderr, mininterval=pause_s
            )
        if stage != self._stage:
            self._stage = stage
            self._bar.set_description(stage, refresh=False)
        self._bar.update(done_bytes - self._bar.n)

    def note(self, line: str) -> None:
        """Prints the line without tearing the bar."""
        self.close()
        print(line, file=sys.stderr)

    def close(self) -> None:
        """Leaves the bar as it stands and ends its line."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class QuietProgress(Silent):
    """Draws nothing; notes still reach stderr."""

    def note(self, line: str) -> None:
        """Prints the line."""
        print(line, file=sys.stderr)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `model` and its actions to the command line."""
    parser = subparsers.add_parser("model", help="list, pull, show and remove models")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    listing = actions.add_parser("list", help="the models known by name and those installed")
    listing.set_defaults(model_action=_list)

    pull = actions.add_parser("pull", help="install a model, or go on with an unfinished pull")
    pull.add_argument("ref", metavar="REF", help="a name, hf:owner/repo[:file.gguf], or a path")
    pull.add_argument(
        "--accept-license", action="store_true", help="agree to the model's licence unasked"
    )
    pull.add_argument("--quiet", action="store_true", help="draw no progress bar")
    pull.set_defaults(model_action=_pull)

    show = actions.add_parser("show", help="where an installed model lies and what it is")
    show.add_argument("ref", metavar="REF", help="a name or a path")
    show.add_argument(
        "--verify", action="store_true", help="read all of its files and compare their checksums"
    )
    show.set_defaults(model_action=_show)

    remove = actions.add_parser("remove", help="delete a model and its converted weights")
    remove.add_argument("name", metavar="NAME", help="as `leadsman model list` shows it")
    remove.set_defaults(model_action=_remove)

    for action in (listing, pull, show, remove):
        action.add_argument("--json", action="store_true", help="one JSON document on stdout")


def run(args: argparse.Namespace) -> int:
    """Runs the action that was parsed; 1 where it found a damaged model.

    Raises:
        LeadsmanError: it failed; the message says what to do.
    """
    action: Callable[[Store, argparse.Namespace], int | None] = args.model_action
    try:
        return action(Store(), args) or 0
    except KeyboardInterrupt:
        print(
            "leadsman: interrupted; nothing is lost, the next pull goes on from here",
            file=sys.stderr,
        )
        return 130


def _list(store: Store, args: argparse.Namespace) -> None:
    there = {model.name: model for model in store.installed()}
    names = [entry.name for entry in store.catalog]
    rows = [_entry_row(entry, there.get(entry.name)) for entry in store.catalog]
    rows += [_installed_row(model) for name, model in there.items() if name not in names]
    if args.json:
        _print_json({"store": str(store.root), "models": rows})
        return
    width = max(len(str(row["name"])) for row in rows)
    for row in rows:
        mark = "installed" if row["installed"] else "-"
        size = readable_bytes(int(str(row["bytes"])))
        print(f"{row['name']:<{width}}  {mark:<9}  {size:>8}  {row['licence']}")
    print(f"store: {store.root}")


def _entry_row(entry: CatalogEntry, model: StoredModel | None) -> dict[str, object]:
    if model is not None:
        return _installed_row(model)
    return {
        "name": entry.name,
        "installed": False,
        "format": entry.format,
        "bytes": entry.bytes,
        "licence": entry.licence.name,
    }


def _installed_row(model: StoredModel) -> dict[str, object]:
    return {
        "name": model.name,
        "installed": True,
        "format": model.format,
        "bytes": model.bytes,
        "licence": model.licence,
        "source": model.source,
        "digest": model.digest,
        "path": str(model.path),
    }


def _pull(store: Store, args: argparse.Namespace) -> None:
    def accept(name: str, text: str) -> bool:
        if args.accept_license:
            print(text, file=sys.stderr)
            return True
        return _ask(text)

    bar = TerminalProgress()
    progress: Progress = QuietProgress() if args.quiet else bar
    try:
        model = store.pull(args.ref, accept_license=accept, progress=progress)
    finally:
        bar.close()
    if args.json:
        _print_json(_installed_row(model))
    else:
        print(f"{model.name} is installed: {model.path} ({readable_bytes(model.bytes)})")


def _ask(text: str) -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(f"{text}\nDo you accept it? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _show(store: Store, args: argparse.Namespace) -> int:
    model = store.find(args.ref)
    row = _installed_row(model)
    is_sound = True
    if args.verify:
        from lsp_server.cli.verification import verify

        bar = TerminalProgress()
        try:
            verification = verify(model, bar)
        finally:
            bar.close()
        row |= asdict(verification)
        is_sound = verification.is_sound
    if args.json:
        _print_json(row)
    else:
        for key, value in row.items():
            print(f"{key + ':':<11}{value}")
    return 0 if is_sound else 1


def _remove(store: Store, args: argparse.Namespace) -> None:
    freed = store.remove(args.name)
    if args.json:
        _print_json({"name": args.name, "freed_bytes": freed})
    else:
        print(f"{args.name} is removed; {readable_bytes(freed)} are free again")


def _print_json(document: object) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))
