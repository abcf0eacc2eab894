"""Findings in the user's own text, pushed and pulled, against a real server process."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lsp_server.raw_client import CAPABILITIES, CLIENT_INIT, Client, Json

RECORDED = sorted(CLIENT_INIT.glob("*.json"))
PUBLISH = "textDocument/publishDiagnostics"
PULL = "textDocument/diagnostic"
GUARD = "def f(user):\n    assert user.is_admin\n"
SAFE = "def f(user):\n    return user\n"
# A client that is sent its diagnostics, and one that asks.
PUSHED: Json = {**CAPABILITIES, "textDocument": {"publishDiagnostics": {}}}
numbers = itertools.count()


@pytest.fixture
def uri() -> str:
    return f"file:///diagnosed{next(numbers)}.py"


@pytest.fixture(scope="module")
def pushed() -> Iterator[Client]:
    """A session of a client that does not ask for diagnostics."""
    with Client() as running:
        running.initialize(PUSHED)
        running.status(state="ready")
        yield running


@pytest.fixture(scope="module")
def pulled() -> Iterator[Client]:
    """A session of a client that asks for diagnostics."""
    with Client() as running:
        running.initialize({**PUSHED, "textDocument": {"diagnostic": {}}})
        running.status(state="ready")
        yield running


def published(client: Client, uri: str, version: int) -> list[Json]:
    params = client.notified(
        PUBLISH, lambda params: params["uri"] == uri and params.get("version") == version
    )
    found: list[Json] = params["diagnostics"]
    return found


def pull(client: Client, uri: str, previous: str | None = None) -> Json:
    params = {"textDocument": {"uri": uri}, "previousResultId": previous}
    report: Json = client.request(PULL, params)
    return report


def rules_in(diagnostics: list[Json]) -> list[str]:
    return [diagnostic["code"] for diagnostic in diagnostics]


def opened_again(client: Client, uri: str, text: str) -> None:
    """Has the server do something later than what it is busy with."""
    client.open(uri, text)
    published(client, uri, 0)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.stem)
def test_every_recorded_client_sees_the_finding_once_and_in_its_own_units(
    recorded: Path, uri: str
) -> None:
    params = json.loads(recorded.read_text(encoding="utf-8"))
    text_document = params["capabilities"]["textDocument"]
    pulls = "diagnostic" in text_document
    with Client(settings={}) as client:
        encoding = client.request("initialize", params)["capabilities"]["positionEncoding"]
        client.notify("test/begin")
        client.notify("initialized", {})
        before = "s = '\U0001f600é'; "
        client.open(uri, f"import requests\n{before}requests.get(s, verify=False)\n")
        found = pull(client, uri)["items"] if pulls else published(client, uri, 0)
        (diagnostic,) = found
        assert diagnostic["code"] == "tls-verification-off"
        assert diagnostic["source"] == "leadsman"
        assert diagnostic["severity"] == 1
        assert "(CWE-295)" in diagnostic["message"]
        width = {"utf-8": 4 + 2, "utf-16": 2 + 1, "utf-32": 1 + 1}[encoding]
        start = diagnostic["range"]["start"]
        assert start["line"] == 1
        assert start["character"] >= len("s = ''; ") + width
        column = start["character"] - width - len("s = ''; ")
        assert "requests.get(s, verify=False)"[column:].startswith(
            ("requests.get", "verify", "False")
        )
        was_pushed = any(message.get("method") == PUBLISH for message in client.messages)
        assert was_pushed is not pulls
        assert client.stop() == 0
        assert "Traceback" not in client.stderr


def test_findings_come_after_a_pause_and_go_with_their_cause(pushed: Client, uri: str) -> None:
    pushed.open(uri, GUARD)
    assert rules_in(published(pushed, uri, 0)) == ["assert-guard"]
    pushed.change(uri, 1, {"text": SAFE})
    assert published(pushed, uri, 1) == []
    pushed.change(uri, 2, {"text": GUARD})
    pushed.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    assert rules_in(published(pushed, uri, 2)) == ["assert-guard"]


def test_the_findings_of_a_closed_document_are_taken_away(pushed: Client, uri: str) -> None:
    pushed.open(uri, GUARD)
    assert published(pushed, uri, 0)
    pushed.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    pushed.notified(PUBLISH, lambda params: params == {"uri": uri, "diagnostics": []})


def test_of_edits_in_quick_succession_only_the_last_is_shown(pushed: Client, uri: str) -> None:
    pushed.open(uri, SAFE)
    for version in range(1, 6):
        pushed.change(uri, version, {"text": GUARD * version})
    assert rules_in(published(pushed, uri, 5)) == ["assert-guard"] * 5
    versions = [
        message["params"]["version"]
        for message in pushed.messages
        if message.get("method") == PUBLISH and message["params"]["uri"] == uri
    ]
    assert versions == [5]


def test_two_documents_keep_their_findings_apart(pushed: Client, uri: str) -> None:
    other = f"{uri}.other.py"
    pushed.open(uri, GUARD)
    pushed.open(other, f"import requests\n{GUARD}requests.get('x', verify=False)\n")
    assert rules_in(published(pushed, uri, 0)) == ["assert-guard"]
    assert sorted(rules_in(published(pushed, other, 0))) == [
        "assert-guard",
        "tls-verification-off",
    ]


def test_what_is_asked_again_is_answered_with_unchanged(pulled: Client, uri: str) -> None:
    pulled.open(uri, GUARD)
    first = pull(pulled, uri)
    assert (first["kind"], rules_in(first["items"])) == ("full", ["assert-guard"])
    again = pull(pulled, uri, first["resultId"])
    assert again == {"kind": "unchanged", "resultId": first["resultId"]}
    pulled.change(uri, 1, {"text": GUARD + SAFE})
    changed = pull(pulled, uri, first["resultId"])
    assert changed["kind"] == "full"
    assert changed["resultId"] != first["resultId"]


def test_a_document_that_is_not_open_has_no_findings(pulled: Client, uri: str) -> None:
    assert pull(pulled, uri) == {"kind": "full", "items": []}


def test_half_typed_text_is_read_as_well(pulled: Client, uri: str) -> None:
    pulled.open(uri, GUARD + "x = (1, \n")
    assert rules_in(pull(pulled, uri)["items"]) == ["assert-guard"]


@pytest.mark.parametrize(
    ("text", "why"), [("(" * 30_000, ""), ("x = 1\n" * 200_000, "more than 1000000 characters")]
)
def test_a_text_that_cannot_be_read_is_not_shown_as_clean(
    pulled: Client, uri: str, text: str, why: str
) -> None:
    pulled.open(uri, text)
    (diagnostic,) = pull(pulled, uri)["items"]
    assert diagnostic["code"] == "unread"
    assert diagnostic["message"].startswith(f"this text could not be checked: {why}")
    assert diagnostic["range"]["start"] == {"line": 0, "character": 0}


def test_a_document_that_is_closed_while_it_is_scanned_is_forgotten(uri: str) -> None:
    with Client() as client:
        client.initialize(PUSHED)
        client.status(state="ready")
        client.open(uri, f"# analyzer: hang\n# scan: closing\n{GUARD}")
        client.event("scan", "closing")
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        client.notify("test/release")
        opened_again(client, f"{uri}.next.py", GUARD)
        uris = [m["params"]["uri"] for m in client.messages if m.get("method") == PUBLISH]
        assert uris == [f"{uri}.next.py"]
        assert client.stop() == 0


def test_an_edit_while_the_text_is_scanned_has_the_new_text_scanned(uri: str) -> None:
    with Client() as client:
        client.initialize({**PUSHED, "textDocument": {"diagnostic": {}}})
        client.status(state="ready")
        client.open(uri, f"# analyzer: hang\n# scan: editing\n{GUARD}")
        asked = client.start(PULL, {"textDocument": {"uri": uri}})
        client.event("scan", "editing")
        client.change(uri, 1, {"text": f"\n\n\n\n{GUARD}"})
        client.notify("test/release")
        (diagnostic,) = client.answer(asked)["result"]["items"]
        assert diagnostic["range"]["start"]["line"] == 5


def test_a_scan_that_fails_is_said_and_the_next_one_works(pushed: Client, uri: str) -> None:
    pushed.open(uri, f"# analyzer: raise\n{GUARD}")
    logged = pushed.notified(
        "window/logMessage",
        lambda params: params["message"].startswith(f"unchecked text in {uri}: the scan failed"),
    )
    assert "secret" not in logged["message"]
    last = pushed.request("leadsman/status")["checks"]["lastUnchecked"]
    assert last["uri"] == uri
    pushed.change(uri, 1, {"text": GUARD})
    assert rules_in(published(pushed, uri, 1)) == ["assert-guard"]


def test_a_scan_that_does_not_end_leaves_the_others_their_turn(uri: str) -> None:
    with Client("--check-limit", "0.3") as client:
        client.initialize(PUSHED)
        client.status(state="ready")
        client.open(uri, f"# analyzer: hang\n{GUARD}")
        opened_again(client, f"{uri}.next.py", GUARD)
        client.notified(
            "window/logMessage",
            lambda params: (
                params["message"] == f"unchecked text in {uri}: the scan took longer than 0.3 s"
            ),
        )
        assert client.stop() == 0


def test_a_comment_takes_a_finding_away(pulled: Client, uri: str) -> None:
    text = GUARD.replace("is_admin", "is_admin  # leadsman: ignore[assert-guard]")
    pulled.open(uri, text)
    assert pull(pulled, uri)["items"] == []


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"enable_diagnostics": False}, []),
        ({"minSeverity": "high"}, []),
        ({"minSeverity": "medium"}, ["assert-guard"]),
        ({"rules": {"assert-guard": "off"}}, []),
        (None, ["assert-guard"]),
    ],
)
def test_the_settings_decide_what_is_shown_and_are_followed_at_once(
    uri: str, settings: Any, shown: list[str]
) -> None:
    with Client() as client:
        client.initialize(PUSHED)
        client.status(state="ready")
        client.open(uri, GUARD)
        assert rules_in(published(client, uri, 0)) == ["assert-guard"]
        changed = {"settings": {"leadsman": {"security": settings}}}
        client.notify("workspace/didChangeConfiguration", changed)
        if shown:
            client.change(uri, 1, {"text": f"{GUARD}\n"})
            assert rules_in(published(client, uri, 1)) == shown
        else:
            client.notified(PUBLISH, lambda p: p["uri"] == uri and p["diagnostics"] == [])


def test_changed_settings_are_another_result_for_a_client_that_asks(uri: str) -> None:
    capabilities: Json = {
        **CAPABILITIES,
        "workspace": {"diagnostics": {"refreshSupport": True}},
        "textDocument": {"diagnostic": {}},
    }
    with Client() as client:
        client.initialize(capabilities)
        client.status(state="ready")
        client.open(uri, GUARD)
        first = pull(client, uri)
        settings = {"leadsman": {"security.min_severity": "high"}}
        client.notify("workspace/didChangeConfiguration", {"settings": settings})
        client.wait(lambda message: message.get("method") == "workspace/diagnostic/refresh")
        again = pull(client, uri, first["resultId"])
        assert (again["kind"], again["items"]) == ("full", [])


def test_a_rule_that_does_not_exist_is_said_once_with_the_nearest_name(uri: str) -> None:
    with Client() as client:
        client.initialize(options={"security": {"rules": {"asert-guard": "off"}}})
        client.status(state="ready")
        warned = client.notified("window/showMessage", lambda params: params["type"] == 2)
        assert warned["message"] == (
            "Leadsman: unknown rules in security.rules: asert-guard; did you mean assert-guard?"
        )
        settings = {"leadsman": {"security": {"rules": {"asert-guard": "block"}}}}
        client.notify("workspace/didChangeConfiguration", {"settings": settings})
        client.open(uri, GUARD)
        client.request("leadsman/status")
        warnings = [m for m in client.messages if m.get("method") == "window/showMessage"]
        assert len(warnings) == 1
