"""`leadsman/completionEvent`: what each answer cost and why it is as it is, for clients that ask.

Sent only when the setting `completion_events` is on, just before the answer that it belongs to; a
request that was cancelled before it was begun has none. Holds numbers and reasons, never text.
"""

from __future__ import annotations

from typing import Any

from lsp_server.completion.query import CompletionResult

COMPLETION_EVENT_METHOD = "leadsman/completionEvent"


def event_document(
    request_id: str | int | None, uri: str, result: CompletionResult
) -> dict[str, Any]:
    """The parameters of the notification.

    `id` is the JSON-RPC id of the request; `reason` is null exactly when text is offered.
    `source` says where the text came from, see `lsp_server.completion.query.Source`; null where
    nothing was asked of the engine and nothing was known.
    `timingsMs` and `tokens` are empty where the request never came to the engine.
    """
    return {
        "id": request_id,
        "uri": uri,
        "reason": result.reason,
        "detail": result.detail,
        "source": result.source,
        "nChars": len(result.text),
        "timingsMs": {stage: round(ms, 3) for stage, ms in result.timings_ms.items()},
        "tokens": dict(result.tokens),
    }
