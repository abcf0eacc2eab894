"""`leadsman serve`: the language server on stdio, or on a loopback socket for debugging."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from codegen.choice import Device, EngineChoice, open_chosen
from codegen.errors import LeadsmanError
from lsp_server.cli.engine_arguments import add_engine_arguments, choice_of
from lsp_server.startup_guard import check_own_packages

if TYPE_CHECKING:
    from codegen.engine import CancelToken, Engine
    from lsp_server.analysis.analyst import Analyst
    from lsp_server.server import LeadsmanServer

LOG_LEVELS = ("debug", "info", "warning", "error")

# How long the engine may take to notice that the session is over before the process leaves it.
_GRACE_S = 0.5


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the subcommand."""
    parser = subparsers.add_parser("serve", help="run the language server on stdio")
    parser.add_argument(
        "--tcp",
        metavar="HOST:PORT",
        help="serve one client on a loopback address instead of stdio; for debugging",
    )
    parser.add_argument("--stdio", action="store_true", help="the default; accepted for editors")
    parser.add_argument("--model", metavar="REF", help="the model, whatever the settings say")
    parser.add_argument(
        "--log-level",
        choices=LOG_LEVELS,
        default="info",
        help="what stderr shows; debug includes the text of documents",
    )
    add_engine_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Serves one session; returns its exit code."""
    try:
        check_own_packages()
        address = None if args.tcp is None else parse_address(args.tcp)
    except LeadsmanError as exc:
        print(f"leadsman: {exc}", file=sys.stderr)
        return 2
    opened = partial(open_stored_engine, choice=choice_of(args))
    return serve(opened, model=args.model, address=address, log_level=args.log_level)


def serve(
    open_engine: Callable[..., Engine],
    *,
    model: str | None = None,
    address: tuple[str, int] | None = None,
    log_level: str = "info",
    prepare: Callable[[LeadsmanServer], None] | None = None,
    analyst: Analyst | None = None,
) -> int:
    """Runs a server until its session ends.

    Args:
        open_engine: see `lsp_server.engine_host.OpenEngine`.
        model: the model whatever the settings say.
        address: host and port instead of stdio.
        log_level: one of LOG_LEVELS.
        prepare: called with the server before it reads anything.
        analyst: who reads what is generated; by default the analyzers of this process.
    """
    in_fd, out_fd = _take_stdio()
    _log_to_stderr(log_level)
    # Importing the protocol's types makes thousands of classes and no garbage; the collector
    # walking them again and again would be a tenth of the whole start.
    gc.disable()
    from lsp_server.server import create_server
    from lsp_server.sessions import serve_stdio, serve_tcp

    server = create_server(open_engine, model, analyst)
    gc.enable()
    if prepare is not None:
        prepare(server)
    try:
        if address is None:
            code = asyncio.run(serve_stdio(server, in_fd, out_fd))
        else:
            code = asyncio.run(serve_tcp(server, *address))
    except KeyboardInterrupt:
        code = 130
    except OSError as exc:
        print(f"leadsman: cannot serve: {exc.strerror or exc}", file=sys.stderr)
        code = 2
    if not server.host.close(_GRACE_S):
        # The engine's thread is inside native code; Python's own way out would wait for it.
        logging.shutdown()
        os._exit(code)
    return code


def parse_address(text: str) -> tuple[str, int]:
    """Splits HOST:PORT and insists on a loopback host.

    Raises:
        LeadsmanError: it is not HOST:PORT, or anybody on the network could connect.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not port.isdecimal() or not port.isascii() or int(port) > 65535:
        raise LeadsmanError(f"--tcp {text!r} is not HOST:PORT with a port from 0 to 65535")
    if host == "localhost":
        # The name is not looked up: what it means is not for a resolver to say.
        host = "127.0.0.1"
    import ipaddress

    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise LeadsmanError(
            f"--tcp {text!r} is not a loopback address, and the server has no password; "
            "use 127.0.0.1:PORT and, from elsewhere, an ssh tunnel"
        )
    return host, int(port)


def open_stored_engine(
    model: str | None,
    *,
    progress: Callable[[str, float], None],
    cancel: CancelToken,
    device: Device = "auto",
    choice: EngineChoice | None = None,
) -> Engine:
    """Opens a model of the local store, on the chosen device or else on the one that is set.

    Imports torch, so it belongs on the engine's thread.
    """
    from codegen.store.store import Store

    store = Store()
    stored = store.default() if model is None else store.find(model)
    chosen = choice or EngineChoice()
    if chosen.device == "auto":
        chosen = replace(chosen, device=device)
    return open_chosen(stored, chosen, progress=progress, cancel=cancel)


def _take_stdio() -> tuple[int, int]:
    """Keeps the protocol's two streams for us alone.

    Whatever else writes to stdout, be it Python or native code, ends on stderr, and whatever reads
    stdin finds it empty.
    """
    in_fd, out_fd = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - There is no path to speak of.
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return in_fd, out_fd


def _log_to_stderr(log_level: str) -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    if log_level != "debug":
        # pygls logs whole messages, and with them the text of documents, at INFO.
        logging.getLogger("pygls").setLevel(logging.WARNING)
        # Bandit and its plugin loader complain of what they do not need.
        for name in ("bandit", "stevedore"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    with contextlib.suppress(AttributeError, ValueError):
        sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
