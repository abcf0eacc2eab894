"""The server object: holds what the features share and wires them together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from lsp_server import VERSION
from lsp_server.completion.query import EmptyReason
from lsp_server.documents import DocumentWorkspace
from lsp_server.engine_host import EngineHost, OpenEngine
from lsp_server.features import configuration, inline_completion, lifecycle
from lsp_server.loading_progress import LoadingProgress
from lsp_server.options import Options, read_options
from lsp_server.parent_watch import watch_process
from lsp_server.protocol import LeadsmanProtocol
from lsp_server.status import STATUS_METHOD, State, Status

logger = logging.getLogger(__name__)

NAME = "leadsman"

_LOG_LEVELS = {
    types.MessageType.Error: logging.ERROR,
    types.MessageType.Warning: logging.WARNING,
    types.MessageType.Info: logging.INFO,
    types.MessageType.Log: logging.INFO,
}


class LeadsmanServer(LanguageServer):
    """One session with one client.

    model: when given, the one that is loaded, whatever the settings say.
    """

    protocol: LeadsmanProtocol

    def __init__(self, open_engine: OpenEngine, model: str | None = None) -> None:
        super().__init__(NAME, VERSION, protocol_cls=LeadsmanProtocol)
        self.options = Options()
        self._base_options = Options()
        self.status = Status(lambda document: self.protocol.notify(STATUS_METHOD, document))
        self.host = EngineHost(open_engine, self)
        self.on_parent_death: Callable[[], None] = lambda: None
        self._forced_model = model
        self._loaded_model: str | None = None
        self._is_loading_begun = False
        self._progress = LoadingProgress(self)
        self._warned: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def documents(self) -> DocumentWorkspace:
        """The open documents; only after `initialize`."""
        assert isinstance(self.workspace, DocumentWorkspace)
        return self.workspace

    def set_base_options(self, raw: object) -> None:
        """Takes the options of `initialize`, over which every later section is laid."""
        self._base_options, warnings = read_options(raw)
        self._take_options(self._base_options, warnings)

    def set_options(self, raw: object) -> None:
        """Takes the whole section as it is now: what it no longer holds is no longer set."""
        self._take_options(*read_options(raw, self._base_options))

    def _take_options(self, options: Options, warnings: list[str]) -> None:
        """Puts options in force; another model is loaded at once."""
        self.options = options
        for warning in warnings:
            if warning not in self._warned:
                self._warned.add(warning)
                logger.warning("%s", warning)
                self.window_show_message(
                    types.ShowMessageParams(types.MessageType.Warning, f"Leadsman: {warning}")
                )
        if self._is_loading_begun and self._wanted_model() != self._loaded_model:
            self.load_model()

    def load_model(self) -> None:
        """Loads the wanted model in the background."""
        self._is_loading_begun = True
        self._loaded_model = self._wanted_model()
        self._progress.end("")
        self._progress = LoadingProgress(self)
        self.host.load(self._loaded_model)
        task = asyncio.get_running_loop().create_task(self._progress.begin())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def watch_parent(self) -> None:
        """Ends the session with the client's process, where the client told its id."""
        if self.process_id is not None:
            watch_process(self.process_id, lambda: self.on_parent_death())

    def state_changed(self, state: State, message: str, model: str | None) -> None:
        """Hears of the engine host."""
        if state not in ("starting", "loading"):
            self._progress.end(message or state)
        if state in ("error", "no_model"):
            self.log(types.MessageType.Warning, message)
        elif state == "ready" and self.status.state == "loading":
            self.log(types.MessageType.Log, f"loaded {model}")
        self.status.set_state(state, message, model)

    def load_progressed(self, stage: str, fraction: float) -> None:
        """Hears of the engine host."""
        self._progress.report(stage, fraction)

    def log(self, level: types.MessageType, text: str) -> None:
        """One line in the client's log and in ours. Never any text of a document."""
        logger.log(_LOG_LEVELS[level], "%s", text)
        self.window_log_message(types.LogMessageParams(level, text))

    def log_empty(self, reason: EmptyReason, detail: str, uri: str) -> None:
        """Says why an answer is empty, in the log and in the status."""
        self.log(types.MessageType.Log, f"no completion in {uri}: {reason} ({detail or '-'})")
        self.status.answered_empty(reason, detail, uri)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Logs only: pygls would show the user a box with the error in it."""
        logger.error("%s: %s", getattr(source, "__name__", source), type(error).__name__)

    def _wanted_model(self) -> str | None:
        return self._forced_model or self.options.model


def create_server(open_engine: OpenEngine, model: str | None = None) -> LeadsmanServer:
    """A server for one session. `open_engine` is called on a thread of its own when needed."""
    server = LeadsmanServer(open_engine, model)
    lifecycle.register(server)
    configuration.register(server)
    inline_completion.register(server)
    return server
