"""The server object: holds what the features share and wires them together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from codegen.choice import Device
from lsp_server import VERSION
from lsp_server.analysis.analyst import Analyst
from lsp_server.analysis.analyzers import LocalAnalyzers
from lsp_server.completion.query import CompletionResult, EmptyReason
from lsp_server.diagnostics.client import FindingsClient, read_client
from lsp_server.diagnostics.push import Push
from lsp_server.diagnostics.scans import Scans
from lsp_server.documents import DocumentWorkspace
from lsp_server.engine_host import EngineHost, OpenEngine
from lsp_server.features import (
    code_action,
    configuration,
    diagnostics,
    execute_command,
    hover,
    inline_completion,
    lifecycle,
)
from lsp_server.loading_progress import LoadingProgress
from lsp_server.options import Options, read_options
from lsp_server.parent_watch import watch_process
from lsp_server.protocol import LeadsmanProtocol
from lsp_server.serving.desk import Desk
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
    n_settings: grows with each change of the settings.
    """

    protocol: LeadsmanProtocol

    def __init__(
        self, open_engine: OpenEngine, model: str | None = None, analyst: Analyst | None = None
    ) -> None:
        super().__init__(NAME, VERSION, protocol_cls=LeadsmanProtocol)
        self.options = Options()
        self._base_options = Options()
        self.status = Status(lambda document: self.protocol.notify(STATUS_METHOD, document))
        self.host = EngineHost(open_engine, self)
        self.desk = Desk(self.host)
        self.analyst = analyst or Analyst(LocalAnalyzers())
        self.scans = Scans(self)
        self.push = Push(self)
        self.n_settings = 0
        self._findings_client: FindingsClient | None = None
        self.on_parent_death: Callable[[], None] = lambda: None
        self._forced_model = model
        self._loaded: tuple[str | None, Device] = (None, "auto")
        self._is_loading_begun = False
        self._progress = LoadingProgress(self)
        self._warned: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def documents(self) -> DocumentWorkspace:
        """The open documents; only after `initialize`."""
        assert isinstance(self.workspace, DocumentWorkspace)
        return self.workspace

    @property
    def findings_client(self) -> FindingsClient:
        """What of findings the client can show; only after `initialize`."""
        if self._findings_client is None:
            self._findings_client = read_client(self.client_capabilities)
        return self._findings_client

    def set_base_options(self, raw: object) -> None:
        """Takes the options of `initialize`, over which every later section is laid."""
        self._base_options, warnings = read_options(raw)
        self._take_options(self._base_options, warnings)

    def set_options(self, raw: object) -> None:
        """Takes the whole section as it is now: what it no longer holds is no longer set."""
        self._take_options(*read_options(raw, self._base_options))

    def _take_options(self, options: Options, warnings: list[str]) -> None:
        """Puts options in force; another model or device is loaded at once."""
        is_security_new = options.security != self.options.security
        self.options = options
        for warning in warnings:
            self.warn(warning)
        if self._is_loading_begun and self._wanted() != self._loaded:
            self.load_model()
        if is_security_new and self._is_loading_begun:
            self.n_settings += 1
            self._warn_of_unknown_rules()
            self.push.everything_changed()

    def warn(self, text: str) -> None:
        """Tells the user, once in a session."""
        if text not in self._warned:
            self._warned.add(text)
            logger.warning("%s", text)
            self.window_show_message(
                types.ShowMessageParams(types.MessageType.Warning, f"Leadsman: {text}")
            )

    def _warn_of_unknown_rules(self) -> None:
        """Which rules there are is known once the analyzers are loaded."""
        known = self.analyst.rule_names
        unknown = sorted(str(name)[:60] for name in set(self.options.security.rules) - known)
        if known and unknown:
            close = [get_close_matches(name, known, 1) for name in unknown]
            hints = sorted({match for matches in close for match in matches})
            hint = f"; did you mean {', '.join(hints)}?" if hints else ""
            self.warn(f"unknown rules in security.rules: {', '.join(unknown)}{hint}")

    async def load_analyzers(self) -> None:
        """Loads them in the background and tells what came of it."""
        self.status.checks_loaded("loading", "", ())
        await asyncio.wrap_future(self.analyst.load())
        broken = [engine for engine in self.analyst.engines if engine.why_not is not None]
        lines = [f"the engine {engine.name} is broken: {engine.why_not}" for engine in broken]
        message = "; ".join([self.analyst.failure] if self.analyst.failure else lines)
        if message:
            self.warn(f"{message}; what it would have read counts as unchecked")
        self.status.checks_loaded(self.analyst.state, message, self.analyst.engines)
        self._warn_of_unknown_rules()

    def load_model(self) -> None:
        """Loads the wanted model in the background."""
        self._is_loading_begun = True
        self._loaded = self._wanted()
        self._progress.end("")
        self._progress = LoadingProgress(self)
        self.desk.forget_answers()
        self.host.load(*self._loaded)
        self.keep(asyncio.get_running_loop().create_task(self._progress.begin()))

    def keep(self, task: asyncio.Task[None]) -> None:
        """Holds a task until it is done; the loop itself would let it go."""
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

    def log_check(self, result: CompletionResult, uri: str) -> None:
        """Counts a completion that was read, and says where it is not offered as it was."""
        report = result.check
        self.status.checks.count(result)
        if report is None:
            return
        rules = ", ".join(sorted({finding.rule for finding in report.findings}))
        if not report.is_checked:
            self.log_unchecked(report.why or "; ".join(report.problems), uri)
        elif result.reason is None and report.findings:
            form = "in a safer form" if report.verdict == "fix" else "with findings"
            why = f" ({report.why})" if report.verdict == "annotate" and report.why else ""
            self.log(types.MessageType.Log, f"completion in {uri} offered {form}: {rules}{why}")

    def log_unchecked(self, why: str, uri: str) -> None:
        """Says that a text could not be checked, in the log and in the status."""
        self.log(types.MessageType.Log, f"unchecked text in {uri}: {why}")
        self.status.was_unchecked(uri, why)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Logs only: pygls would show the user a box with the error in it."""
        logger.error("%s: %s", getattr(source, "__name__", source), type(error).__name__)

    def _wanted(self) -> tuple[str | None, Device]:
        return self._forced_model or self.options.model, self.options.device


def create_server(
    open_engine: OpenEngine, model: str | None = None, analyst: Analyst | None = None
) -> LeadsmanServer:
    """A server for one session. `open_engine` is called on a thread of its own when needed."""
    server = LeadsmanServer(open_engine, model, analyst)
    lifecycle.register(server)
    configuration.register(server)
    inline_completion.register(server)
    diagnostics.register(server)
    code_action.register(server)
    hover.register(server)
    execute_command.register(server)
    return server
