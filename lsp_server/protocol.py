"""JSON-RPC as the specification has it, on top of pygls.

pygls leaves a request unanswered when its parameters cannot be decoded, puts tracebacks into its
error answers, serves requests before `initialize`, and looks for messages inside messages. Here
every request is answered exactly once, with one line when something is wrong, and nothing that
was in a document reaches the log.
"""

from __future__ import annotations

import enum
import json
import logging
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import JsonRPCNotification, JsonRPCRequestMessage, LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from codegen.errors import LeadsmanError
from lsp_server.documents import DocumentWorkspace
from lsp_server.fault import describe

logger = logging.getLogger(__name__)

Json = dict[str, Any]
RepairParams = Callable[[Json], Json]


class RpcError(enum.IntEnum):
    """The error codes that we answer with."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    NOT_INITIALIZED = -32002


class LeadsmanProtocol(LanguageServerProtocol):
    """Decodes, checks the life cycle, dispatches; one instance is one session.

    Attributes:
        exit_code: set once the client said `exit`; then no more messages are read.
        repairs: by method, what mends parameters of known clients before they are decoded.
    """

    exit_code: int | None = None
    _is_initialized = False

    def __init__(self, server: Any, converter: Any) -> None:
        self.repairs: dict[str, RepairParams] = {}
        super().__init__(server, converter)

    @property
    def is_shut_down(self) -> bool:
        """Whether the client asked for `shutdown`."""
        return self._shutdown

    def receive(self, body: bytes) -> None:
        """Handles one message, whatever is in it: no message ends the session by its content."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            self._refuse(None, RpcError.PARSE_ERROR, "the message is not JSON")
            return
        try:
            self._dispatch(message)
        except Exception as exc:  # noqa: BLE001 - The request guard.
            reason = describe(exc)
            logger.error("a message could not be handled: %s", reason)
            if isinstance(message, dict) and "method" in message and _is_id(message.get("id")):
                self._refuse(message["id"], RpcError.INTERNAL_ERROR, f"internal error: {reason}")

    def _dispatch(self, message: Any) -> None:
        if not isinstance(message, dict) or message.get("jsonrpc") != self.VERSION:
            self._refuse(None, RpcError.INVALID_REQUEST, "the message is not JSON-RPC 2.0")
        elif "method" not in message:
            self._receive_response(message)
        elif not isinstance(message["method"], str):
            self._refuse(None, RpcError.INVALID_REQUEST, "the method is not a string")
        elif "id" in message:
            self._receive_request(message)
        else:
            self._receive_notification(message)

    def _receive_request(self, message: Json) -> None:
        msg_id, method = message["id"], message["method"]
        if not _is_id(msg_id):
            self._refuse(None, RpcError.INVALID_REQUEST, "the id is neither string nor integer")
        elif not self._is_initialized and method != types.INITIALIZE:
            self._refuse(msg_id, RpcError.NOT_INITIALIZED, f"{method} came before initialize")
        elif self._is_initialized and method == types.INITIALIZE:
            self._refuse(msg_id, RpcError.INVALID_REQUEST, "initialize came twice")
        elif self._shutdown:
            self._refuse(msg_id, RpcError.INVALID_REQUEST, f"{method} came after shutdown")
        else:
            try:
                request = self._decode(message, JsonRPCRequestMessage)
            except Exception as exc:  # noqa: BLE001 - The decoder raises what it likes.
                reason = f"Invalid params of {method}: {_first_cause(exc)}"
                logger.warning("%s", reason)
                self._refuse(msg_id, RpcError.INVALID_PARAMS, reason)
                return
            if not hasattr(request, "id"):
                # Its type has no place for an id, and pygls would never answer it.
                self._refuse(msg_id, RpcError.INVALID_REQUEST, f"{method} is a notification")
                return
            self.handle_message(request)

    def _receive_notification(self, message: Json) -> None:
        method = message["method"]
        if method != types.EXIT and (not self._is_initialized or self._shutdown):
            logger.warning("%s came outside a session and was ignored", method)
            return
        if method == types.CANCEL_REQUEST and not _names_a_request(message.get("params")):
            logger.warning("%s names no request and was ignored", method)
            return
        try:
            notification = self._decode(message, JsonRPCNotification)
        except Exception as exc:  # noqa: BLE001 - The decoder raises what it likes.
            logger.warning("Invalid params of %s: %s", method, _first_cause(exc))
            if method == types.TEXT_DOCUMENT_DID_CHANGE:
                self._forget_document(message)
            return
        self.handle_message(notification)

    def _receive_response(self, message: Json) -> None:
        msg_id = message.get("id")
        if not _is_id(msg_id) or msg_id not in self._request_futures:
            logger.warning("an answer to nothing we asked was ignored")
            return
        result_type = self._result_types.pop(msg_id, None)
        future: Future[Any] = self._request_futures.pop(msg_id)
        if future.done():
            return
        if "error" in message:
            future.set_exception(LeadsmanError("the client answered with an error"))
        elif result_type is None:
            future.set_result(message.get("result"))
        else:
            try:
                future.set_result(self._converter.structure(message, result_type).result)
            except Exception as exc:  # noqa: BLE001 - The decoder raises what it likes.
                future.set_exception(LeadsmanError(f"undecodable answer: {_first_cause(exc)}"))

    def _decode(self, message: Json, fallback: type[Any]) -> Any:
        method, params = message["method"], message.get("params")
        if method in self.repairs and isinstance(params, dict):
            message = {**message, "params": self.repairs[method](params)}
        if (message_type := self.get_message_type(method)) is not None:
            return self._converter.structure(message, message_type)
        return fallback(**{**_envelope(message), "params": params})

    def _forget_document(self, message: Json) -> None:
        """An edit that was not understood leaves our text wrong: better none than a wrong one."""
        params = message.get("params")
        document = params.get("textDocument") if isinstance(params, dict) else None
        uri = document.get("uri") if isinstance(document, dict) else None
        if isinstance(uri, str):
            self.workspace.remove_text_document(uri)
            logger.error("%s is out of step with the editor; close and reopen it", uri)

    def _refuse(self, msg_id: str | int | None, code: RpcError, reason: str) -> None:
        # Written as plain JSON because lsprotocol drops the id where it has to be null.
        error = {"code": int(code), "message": reason}
        self._send_data({"jsonrpc": self.VERSION, "id": msg_id, "error": error})

    def _send_handler_result(self, future: Any, *, msg_id: str | int) -> None:
        exc = None if future.cancelled() else future.exception()
        if exc is None:
            super()._send_handler_result(future, msg_id=msg_id)
            return
        self._request_futures.pop(msg_id, None)
        self._result_types.pop(msg_id, None)
        if isinstance(exc, JsonRpcException):
            self._refuse_with(msg_id, exc.code, exc.message)
        elif isinstance(exc, LeadsmanError):
            self._refuse_with(msg_id, RpcError.INTERNAL_ERROR, str(exc))
        else:
            reason = describe(exc)
            logger.error("a request handler failed: %s", reason)
            self._refuse_with(msg_id, RpcError.INTERNAL_ERROR, f"internal error: {reason}")

    def _refuse_with(self, msg_id: str | int, code: int, reason: str) -> None:
        error = {"code": int(code), "message": reason.splitlines()[0] if reason else ""}
        self._send_data({"jsonrpc": self.VERSION, "id": msg_id, "error": error})

    def _check_handler_result(self, future: Any) -> None:
        if not future.cancelled() and (exc := future.exception()) is not None:
            logger.error("a notification handler failed: %s", describe(exc))

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(
        self, params: types.InitializeParams
    ) -> Generator[Any, Any, types.InitializeResult]:
        """Answers with the capabilities and puts our documents in place of pygls's."""
        result = yield from super().lsp_initialize(params)
        plain = self.workspace
        self._workspace = DocumentWorkspace(
            plain.root_uri,
            workspace_folders=list(plain.folders.values()),
            position_encoding=plain.position_encoding,
        )
        self._is_initialized = True
        if not self.fm.commands:
            # pygls announces the feature even where there is nothing to execute.
            result.capabilities.execute_command_provider = None
        return result

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> None:  # type: ignore[override]  # Nothing to wait for here.
        """Ends the session; the process leaves through its own main function."""
        self.exit_code = 0 if self._shutdown else 1


def _envelope(message: Json) -> Json:
    return {key: message[key] for key in ("jsonrpc", "id", "method") if key in message}


def _names_a_request(params: Any) -> bool:
    return isinstance(params, dict) and _is_id(params.get("id"))


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _first_cause(exc: BaseException) -> str:
    """Where in the parameters the decoder stumbled, without the value that it found there."""
    notes = [str(note) for note in getattr(exc, "__notes__", ())]
    while isinstance(exc, BaseExceptionGroup):
        exc = exc.exceptions[0]
        notes += [str(note) for note in getattr(exc, "__notes__", ())]
    if isinstance(exc, KeyError):
        return f"{exc} is missing"
    fields = [note.rsplit("attribute ", 1)[-1] for note in notes if "attribute " in note]
    return f"wrong value of {'.'.join(fields)}" if fields else type(exc).__name__
