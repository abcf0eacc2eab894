"""The product as a user has it: the real model in a real server process over stdio."""

from __future__ import annotations

import ast
import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from codegen.store.model import StoredModel
from evals.lsp_client import LspClient, apply_item
from tests.lsp_server.test_network import recorded, watched

pytestmark = pytest.mark.model

URI = "file:///w/words.py"
BEFORE = '''from collections import Counter
from pathlib import Path


def most_common(path: Path, n: int = 10) -> list[tuple[str, int]]:
    """The n most frequent words of a file, most frequent first."""
    counts = Counter(path.read_text().split())
    return '''
AFTER = "\n\n\nprint(most_common(Path('a.txt')))\n"
TEXT = BEFORE + AFTER


class Session:
    """A server with the model loaded, its statuses, and what it did with sockets."""

    def __init__(self, client: LspClient, statuses: queue.SimpleQueue[Any], record: Path) -> None:
        self.client = client
        self.record = record
        self._statuses = statuses

    def wait_for(self, state: str) -> dict[str, Any]:
        while True:
            status: dict[str, Any] = self._statuses.get(timeout=300)
            assert status["state"] != "error", status
            if status["state"] == state:
                return status


@pytest.fixture(scope="module")
def session(
    default_model: StoredModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    env, record = watched(tmp_path_factory.mktemp("real"))
    statuses: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def notified(method: str, params: Any) -> None:
        if method == "leadsman/status":
            statuses.put(params)

    with LspClient(env=env, on_notification=notified) as client:
        client.initialize(options={"model": default_model.name})
        live = Session(client, statuses, record)
        live.wait_for("ready")
        yield live


def test_the_completion_fits_the_file_and_is_the_same_twice(session: Session) -> None:
    session.client.open(URI, TEXT)
    items = [session.client.complete(URI, TEXT, len(BEFORE)) for _ in range(2)]
    assert items[0] == items[1]
    accepted = apply_item(TEXT, len(BEFORE), items[0][0])
    assert accepted.startswith(BEFORE)
    assert accepted.endswith(AFTER)
    assert "counts" in accepted[len(BEFORE) : -len(AFTER)]
    ast.parse(accepted)
    session.client.close_document(URI)


def test_the_next_request_works_after_one_that_was_withdrawn(session: Session) -> None:
    client = session.client
    client.open(URI, TEXT)
    position = {"line": TEXT[: len(BEFORE)].count("\n"), "character": 11}
    params = {
        "textDocument": {"uri": URI},
        "position": position,
        "context": {"triggerKind": 1},
    }
    withdrawn = client.start("textDocument/inlineCompletion", params)
    client.notify("$/cancelRequest", {"id": withdrawn.request_id})
    assert withdrawn.wait(timeout_s=60)["error"]["code"] == -32800
    assert client.complete(URI, TEXT, len(BEFORE))
    client.close_document(URI)


def test_nothing_left_the_machine(session: Session) -> None:
    assert recorded(session.record) == []


def test_the_peak_memory_is_under_two_gigabytes(session: Session) -> None:
    process = psutil.Process(session.client.process.pid)
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    (peak_kib,) = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    assert peak_kib * 1024 < 2e9
