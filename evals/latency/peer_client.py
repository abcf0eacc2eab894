"""A peer behind the same replay: an editor's view of an engine, without our server.

What a plain client of llama.cpp's server does: the text at the cursor goes to the engine once the
debounce time is over, a keystroke hangs up, and what comes passes our filters, so that both sides
show the same kind of text. It has the engine's prompt cache, and nothing of what our server knows
between two requests. Nothing is read by analyzers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from codegen.engine import CancelToken, Engine
from evals.lsp_client import offset_of
from lsp_server.completion.complete import complete
from lsp_server.completion.query import CompletionOptions, CompletionQuery, CompletionResult
from lsp_server.serving.pace import after_seconds

_CANCELLED = -32800
Tell = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class PeerClient:
    """Has of `evals.lsp_client.LspClient` what a player uses.

    on_event: told a completion event before each answer, as our server sends it.
    """

    engine: Engine
    on_event: Tell
    options: CompletionOptions = field(default_factory=CompletionOptions)
    _texts: dict[str, str] = field(default_factory=dict)
    _languages: dict[str, str] = field(default_factory=dict)
    _cancels: dict[int, CancelToken] = field(default_factory=dict)
    _next_id: int = 0

    def open(self, uri: str, text: str, language_id: str = "python") -> None:
        """Opens a document."""
        self._texts[uri], self._languages[uri] = text, language_id

    def close_document(self, uri: str) -> None:
        """Closes a document."""
        del self._texts[uri]

    def notify(self, method: str, params: Any) -> None:
        """Takes edits and cancels."""
        if method == "$/cancelRequest":
            self._cancels[params["id"]].cancel()
        elif method == "textDocument/didChange":
            uri = params["textDocument"]["uri"]
            text = self._texts[uri]
            for change in params["contentChanges"]:
                start = offset_of(text, change["range"]["start"])
                end = offset_of(text, change["range"]["end"])
                text = text[:start] + change["text"] + text[end:]
            self._texts[uri] = text

    def ask(self, method: str, params: Any, on_answer: Tell) -> int:
        """Completes on a thread of its own and tells the answer there."""
        self._next_id += 1
        request_id, uri = self._next_id, params["textDocument"]["uri"]
        text = self._texts[uri]
        query = CompletionQuery(
            text, offset_of(text, params["position"]), self._languages[uri], None, "automatic"
        )
        cancel = self._cancels[request_id] = CancelToken()

        def answer() -> None:
            budget_s = self.options.time_budget_ms / 1e3 or None
            is_late = after_seconds(budget_s)
            result = complete(query, self.options, self.engine, cancel, is_late)
            self._tell(request_id, result, cancel, params, on_answer)

        threading.Thread(target=answer, daemon=True).start()
        return request_id

    def _tell(
        self,
        request_id: int,
        result: CompletionResult,
        cancel: CancelToken,
        params: Any,
        on_answer: Tell,
    ) -> None:
        if cancel.is_cancelled:
            on_answer({"id": request_id, "error": {"code": _CANCELLED, "message": "cancelled"}})
            return
        if not result.text and result.reason is None:
            result = replace(result, reason="model_stopped")
        event = {
            "id": request_id,
            "reason": result.reason,
            "source": result.source,
            "timingsMs": result.timings_ms,
            "tokens": result.tokens,
        }
        self.on_event({"method": "leadsman/completionEvent", "params": event})
        place = params["position"]
        items = [{"insertText": result.text, "range": {"start": place, "end": place}}]
        on_answer({"id": request_id, "result": {"items": items if result.text else []}})
