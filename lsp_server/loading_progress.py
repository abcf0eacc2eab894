"""Shows a model load in the editor, where the editor can show it."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from lsprotocol import types

from codegen.errors import LeadsmanError

if TYPE_CHECKING:
    from lsp_server.server import LeadsmanServer

TITLE = "Leadsman"
# A client may announce work-done progress and never answer its creation.
ANSWER_LIMIT_S = 2.0


class LoadingProgress:
    """One `$/progress` from the begin of a load to its end."""

    def __init__(self, ls: LeadsmanServer) -> None:
        self._ls = ls
        self._token = str(uuid.uuid4())
        self._is_shown = False
        self._is_over = False
        self._last = ("loading the model", 0)

    async def begin(self) -> None:
        """Asks the client for a progress bar; without one nothing more is sent."""
        window = self._ls.client_capabilities.window
        if window is None or not window.work_done_progress:
            return
        progress = self._ls.work_done_progress
        try:
            await asyncio.wait_for(progress.create_async(self._token), ANSWER_LIMIT_S)
        except (TimeoutError, LeadsmanError):
            return
        if self._is_over:
            return
        self._is_shown = True
        stage, percentage = self._last
        progress.begin(
            self._token,
            types.WorkDoneProgressBegin(TITLE, message=stage, percentage=percentage),
        )

    def report(self, stage: str, fraction: float) -> None:
        """Sends what changed in the stage or the whole percentage."""
        last, self._last = self._last, (stage, round(100 * min(max(fraction, 0.0), 1.0)))
        if self._is_shown and last != self._last:
            value = types.WorkDoneProgressReport(message=stage, percentage=self._last[1])
            self._ls.work_done_progress.report(self._token, value)

    def end(self, message: str) -> None:
        """Takes the progress bar away."""
        self._is_over = True
        if self._is_shown:
            self._is_shown = False
            value = types.WorkDoneProgressEnd(message=message)
            self._ls.work_done_progress.end(self._token, value)
