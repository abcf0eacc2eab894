"""Code actions, hover and commands about findings, against a real server process."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.lsp_server.edits import applied
from tests.lsp_server.raw_client import CAPABILITIES, Client, Json

GUARD = "def f(user):\n    assert user.is_admin\n    return 1\n"
numbers = itertools.count()

EDITOR: Json = {
    **CAPABILITIES,
    "workspace": {"workspaceEdit": {"documentChanges": True}},
    "textDocument": {
        "diagnostic": {"relatedInformation": True, "dataSupport": True},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
    },
}


@pytest.fixture
def uri() -> str:
    return f"file:///acted{next(numbers)}.py"


@pytest.fixture(scope="module")
def editor() -> Any:
    """A session of a client that can do everything."""
    with Client() as running:
        running.initialize(EDITOR)
        running.status(state="ready")
        yield running


def at(line: int, character: int) -> Json:
    position = {"line": line, "character": character}
    return {"start": position, "end": position}


def actions(client: Client, uri: str, range_: Json, only: list[str] | None = None) -> list[Json]:
    params = {
        "textDocument": {"uri": uri},
        "range": range_,
        "context": {"diagnostics": [], **({"only": only} if only else {})},
    }
    found: list[Json] = client.request("textDocument/codeAction", params)
    return found


def titles(found: list[Json]) -> list[str]:
    return [action["title"] for action in found]


def named(found: list[Json], beginning: str) -> Json:
    return next(action for action in found if action["title"].startswith(beginning))


def rules_in(client: Client, uri: str) -> list[str]:
    report = client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    return [item["code"] for item in report["items"]]


def apply(client: Client, uri: str, version: int, edit: Json) -> str:
    """Does to the document what the client would, and returns the text."""
    (document_edit,) = edit["documentChanges"]
    assert document_edit["textDocument"] == {"uri": uri, "version": version}
    text = applied(client.text(uri), document_edit["edits"], "utf-16")
    client.change(uri, version + 1, {"text": text})
    return text


def test_a_fix_makes_the_text_free_of_the_finding(editor: Client, uri: str) -> None:
    editor.open(uri, "s = '\U0001f600'\n" + GUARD)
    assert rules_in(editor, uri) == ["assert-guard"]
    fix = actions(editor, uri, at(2, 8))[0]
    assert fix["kind"] == "quickfix"
    assert fix["isPreferred"] is True
    assert fix["diagnostics"][0]["code"] == "assert-guard"
    text = apply(editor, uri, 0, fix["edit"])
    assert "raise PermissionError" in text
    assert rules_in(editor, uri) == []


def test_all_findings_of_a_rule_are_fixed_at_once(editor: Client, uri: str) -> None:
    editor.open(uri, (GUARD * 3).replace("\n", "\r\n"))
    assert rules_in(editor, uri) == ["assert-guard"] * 3
    action = named(actions(editor, uri, at(1, 8)), "Fix all 3 findings of assert-guard")
    text = apply(editor, uri, 0, action["edit"])
    assert text.count("raise PermissionError") == 3
    assert rules_in(editor, uri) == []


RESOLVING: Json = {
    **EDITOR,
    "textDocument": {
        **EDITOR["textDocument"],
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    },
}


def test_a_client_that_can_wait_gets_the_edit_when_it_chooses(uri: str) -> None:
    with Client() as client:
        client.initialize(RESOLVING)
        client.status(state="ready")
        client.open(uri, GUARD * 2)
        found = actions(client, uri, at(1, 8))
        assert [action["title"] for action in found if "data" in action] == [
            "raise instead",
            "Fix all 2 findings of assert-guard in this file",
            "Fix all findings of Leadsman",
        ]
        assert not any("edit" in action for action in found if "data" in action)
        first = client.request("codeAction/resolve", found[0])
        text = apply(client, uri, 0, first["edit"])
        assert text.count("raise PermissionError") == 1
        assert rules_in(client, uri) == ["assert-guard"]
        # What was proposed for another state of the text is not made of this one.
        late = client.request("codeAction/resolve", found[1])
        assert "edit" not in late
        client.notified("window/showMessage", lambda p: "would not hold here" in p["message"])


def test_a_finding_that_is_ignored_does_not_keep_another_from_being_fixed(
    editor: Client, uri: str
) -> None:
    ignored = GUARD.replace("is_admin", "is_admin  # leadsman: ignore[assert-guard]")
    editor.open(uri, ignored + GUARD)
    action = named(actions(editor, uri, at(4, 8)), "Fix all findings")
    text = apply(editor, uri, 0, action["edit"])
    assert text.startswith(ignored)
    assert text.count("raise PermissionError") == 1


def test_everything_is_fixed_when_the_editor_asks_for_its_own_kind(
    editor: Client, uri: str
) -> None:
    editor.open(uri, f"import requests\n{GUARD}requests.get('x', verify=False)\n")
    assert len(rules_in(editor, uri)) == 2
    for only in ("source", "source.fixAll", "source.fixAll.leadsman"):
        (action,) = actions(editor, uri, at(0, 0), [only])
        assert action["kind"] == "source.fixAll.leadsman"
    apply(editor, uri, 0, action["edit"])
    assert rules_in(editor, uri) == []


def test_only_the_kinds_that_are_asked_for_are_listed(editor: Client, uri: str) -> None:
    editor.open(uri, GUARD)
    assert {a["kind"] for a in actions(editor, uri, at(1, 8), ["quickfix"])} == {"quickfix"}
    assert actions(editor, uri, at(1, 8), ["refactor"]) == []
    assert actions(editor, uri, at(1, 8), ["source.organizeImports"]) == []


def test_ignoring_a_finding_writes_the_comment_that_does_it(editor: Client, uri: str) -> None:
    editor.open(uri, GUARD)
    ignore = named(actions(editor, uri, at(1, 8)), "Ignore")
    text = apply(editor, uri, 0, ignore["edit"])
    assert "assert user.is_admin  # leadsman: ignore[assert-guard]\n" in text
    assert rules_in(editor, uri) == []


def test_away_from_findings_there_is_nothing_to_do_but_to_fix_the_file(
    editor: Client, uri: str
) -> None:
    editor.open(uri, GUARD)
    assert titles(actions(editor, uri, at(0, 0))) == ["Fix all findings of Leadsman"]
    assert actions(editor, f"{uri}.closed.py", at(0, 0)) == []


def test_a_client_without_versioned_edits_gets_plain_ones(uri: str) -> None:
    with Client() as client:
        text_document = {**EDITOR["textDocument"]}
        client.initialize({**EDITOR, "workspace": {}, "textDocument": text_document})
        client.status(state="ready")
        client.open(uri, GUARD)
        assert list(actions(client, uri, at(1, 8))[0]["edit"]) == ["changes"]


def test_a_client_without_action_literals_gets_commands(uri: str) -> None:
    with Client() as client:
        client.initialize({**EDITOR, "textDocument": {"diagnostic": {}}})
        client.status(state="ready")
        client.open(uri, GUARD)
        assert actions(client, uri, at(1, 8)) == [
            {
                "title": "Explain assert-guard",
                "command": "leadsman.explain",
                "arguments": ["assert-guard"],
            }
        ]


def test_a_rule_is_explained_by_its_page(editor: Client, uri: str) -> None:
    editor.open(uri, GUARD)
    command = named(actions(editor, uri, at(1, 8)), "Explain assert-guard")["command"]
    params = {"command": command["command"], "arguments": command["arguments"]}
    explained = editor.request("workspace/executeCommand", params)
    assert explained["rule"] == "assert-guard"
    assert "## Why is this bad?" in explained["page"]
    shown = editor.notified("window/showMessage", lambda p: "assert-guard" in p["message"])
    assert "##" not in shown["message"]


def test_a_rule_that_does_not_exist_cannot_be_explained(editor: Client) -> None:
    params = {"command": "leadsman.explain", "arguments": ["no-such-rule"]}
    error = editor.error("workspace/executeCommand", params)
    assert error["message"] == "there is no rule called 'no-such-rule'"


def hover(client: Client, uri: str, line: int, character: int) -> Any:
    position = {"line": line, "character": character}
    return client.request(
        "textDocument/hover", {"textDocument": {"uri": uri}, "position": position}
    )


def test_hovering_over_a_finding_shows_the_page_of_its_rule(editor: Client, uri: str) -> None:
    editor.open(uri, GUARD)
    shown = hover(editor, uri, 1, 10)
    assert shown["contents"]["kind"] == "markdown"
    value = shown["contents"]["value"]
    assert "CWE-703" in value
    assert "## What it does" in value
    assert "Fix: raise instead" in value
    assert shown["range"]["start"] == {"line": 1, "character": 4}
    assert hover(editor, uri, 0, 5) is None
    assert hover(editor, f"{uri}.closed.py", 0, 0) is None


def test_a_client_that_shows_text_as_it_is_gets_no_markup(uri: str) -> None:
    text_document = {"hover": {"contentFormat": ["plaintext"]}}
    with Client() as client:
        client.initialize({**EDITOR, "textDocument": text_document})
        client.status(state="ready")
        client.open(uri, GUARD)
        contents = hover(client, uri, 1, 10)["contents"]
        assert contents["kind"] == "plaintext"
        assert "WHAT IT DOES" in contents["value"]
        assert "##" not in contents["value"]
        assert "```" not in contents["value"]


def test_the_way_of_the_data_is_shown_beside_the_finding(editor: Client, uri: str) -> None:
    text = (
        "import os\nfrom flask import request\n\n\ndef f():\n"
        "    name = request.args['x']\n    os.system('ls ' + name)\n"
    )
    editor.open(uri, text)
    report = editor.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    (finding,) = [item for item in report["items"] if item["code"] == "command-injection"]
    first = finding["relatedInformation"][0]
    assert first["location"]["uri"] == uri
    assert first["location"]["range"]["start"]["line"] == 5
    assert finding["data"] == {"rule": "command-injection"}
    assert "1. line 6: " in hover(editor, uri, 6, 8)["contents"]["value"]


def test_a_script_is_mended_by_the_rules_of_its_language(editor: Client, uri: str) -> None:
    uri = uri.replace(".py", ".js")
    text = "const https = require('https');\nhttps.get(url, { rejectUnauthorized: false });\n"
    editor.open(uri, text, "javascript")
    assert rules_in(editor, uri) == ["js-tls-off"]
    start = text.splitlines()[1].index("reject")
    fix = actions(editor, uri, at(1, start))[0]
    assert fix["kind"] == "quickfix"
    assert "edit" in fix
    apply(editor, uri, 0, fix["edit"])
    assert rules_in(editor, uri) == []
