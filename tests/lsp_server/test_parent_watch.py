"""Watching the editor's process, where the system has process handles and where it has none."""

from __future__ import annotations

import asyncio
import os

import pytest

from lsp_server.parent_watch import watch_process


@pytest.mark.parametrize("pid", [2**31, 2**64, -(2**64)])
@pytest.mark.parametrize("has_handles", [True, False])
def test_an_id_that_no_process_can_have_is_not_watched(
    pid: int, has_handles: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_handles:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    deaths: list[int] = []

    async def watch() -> None:
        watch_process(pid, lambda: deaths.append(pid))
        await asyncio.sleep(0)

    asyncio.run(watch())
    assert deaths == []
