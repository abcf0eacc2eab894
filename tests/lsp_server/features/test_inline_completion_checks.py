"""What is read of a completion before it is sent, against a real server process."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lsp_server.raw_client import Client, Json, inline_params

INLINE = "textDocument/inlineCompletion"
# What nobody can mend, and what is mended.
UNSAFE = "exec(request.args['x'])"
MENDABLE = "requests.get(url, verify=False)"
numbers = itertools.count()


@pytest.fixture
def uri() -> str:
    return f"file:///checked{next(numbers)}.py"


@pytest.fixture(scope="module")
def lenient() -> Iterator[Client]:
    """A session that wants unread text too."""
    with Client() as running:
        running.initialize(options={"security": {"unchecked": "annotate"}})
        running.status(state="ready")
        yield running


IMPORTS = "import requests\nfrom flask import request\n"


def answering(answer: str, before: str = IMPORTS, after: str = "r = ") -> str:
    return f"{before}# answer: {answer}\n{after}"


def ask(client: Client, uri: str, **more: Any) -> list[Json]:
    params = {**inline_params(uri, 99, 99), **more}
    items: list[Json] = client.request(INLINE, params)["items"]
    return items


def last_empty(client: Client, uri: str) -> Json:
    empty: Json = client.request("leadsman/status")["lastEmpty"]
    assert empty["uri"] == uri
    return empty


def checks(client: Client) -> Json:
    found: Json = client.request("leadsman/status")["checks"]
    return found


def test_unsafe_text_is_withheld_and_the_reason_names_rule_and_line(
    client: Client, uri: str
) -> None:
    n_blocked = checks(client)["blocked"]
    client.open(uri, answering(UNSAFE))
    assert ask(client, uri) == []
    empty = last_empty(client, uri)
    assert empty["reason"] == "blocked"
    assert re.search(r" \[code-injection, CWE-\d+, line 4\]$", empty["detail"])
    assert checks(client)["blocked"] == n_blocked + 1
    logged = f"no completion in {uri}: blocked ({empty['detail']})"
    client.notified("window/logMessage", lambda params: params["message"] == logged)


def test_safe_text_is_sent_as_it_was_generated(client: Client, uri: str) -> None:
    n_offered = checks(client)["offered"]
    client.open(uri, answering("requests.get(url, timeout=3)"))
    (item,) = ask(client, uri)
    assert item["insertText"] == "requests.get(url, timeout=3)"
    assert checks(client)["offered"] == n_offered + 1
    assert client.request("leadsman/status")["lastTimingsMs"]["check"] > 0


def test_what_can_be_mended_is_sent_in_its_safer_form_with_its_own_line_ends(
    client: Client, uri: str
) -> None:
    n_fixed = checks(client)["fixed"]
    text = answering(f"q = 1\\n    r = {MENDABLE}\\n    return r", after="def f(url):\n    ")
    client.open(uri, text.replace("\n", "\r\n"))
    (item,) = ask(client, uri)
    assert item["insertText"] == "q = 1\r\n    r = requests.get(url)\r\n    return r"
    assert checks(client)["fixed"] == n_fixed + 1
    logged = f"completion in {uri} offered in a safer form: tls-verification-off"
    client.notified("window/logMessage", lambda params: params["message"] == logged)


def test_what_was_unsafe_before_is_not_the_completions_fault(client: Client, uri: str) -> None:
    client.open(uri, answering("1", before=f"{IMPORTS}q = {UNSAFE}\n"))
    assert ask(client, uri)[0]["insertText"] == "1"


def test_text_is_read_with_the_suggestion_that_it_extends(client: Client, uri: str) -> None:
    client.open(uri, answering("args['x'])", after="r = ex"))
    selected = {
        "range": {"start": {"line": 3, "character": 4}, "end": {"line": 3, "character": 6}},
        "text": "exec(request.",
    }
    context = {"triggerKind": 1, "selectedCompletionInfo": selected}
    assert ask(client, uri, context=context) == []
    assert last_empty(client, uri)["reason"] == "blocked"


def test_text_is_read_with_the_line_ends_of_its_document(client: Client, uri: str) -> None:
    text = answering(f"q = 1\\n    r = {UNSAFE}\\n    return r", after="def f():\n    ")
    client.open(uri, text.replace("\n", "\r\n"))
    assert ask(client, uri) == []
    assert last_empty(client, uri)["detail"].endswith("line 6]")


def test_text_is_read_where_columns_are_counted_in_other_units(client: Client, uri: str) -> None:
    client.open(uri, answering(UNSAFE, after="s = '\U0001f600\U0001f600'; r = "))
    assert ask(client, uri) == []
    assert last_empty(client, uri)["reason"] == "blocked"


@pytest.mark.parametrize(
    ("action", "reason"), [("off", None), ("annotate", None), ("block", "blocked")]
)
def test_the_users_word_about_a_rule_goes_before_its_severity(
    uri: str, action: str, reason: str | None
) -> None:
    with Client() as client:
        client.initialize(options={"security.rules.code-injection": action})
        client.status(state="ready")
        client.open(uri, answering(UNSAFE))
        items = ask(client, uri)
        assert bool(items) == (reason is None)
        if reason is not None:
            assert last_empty(client, uri)["reason"] == reason


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("raise", "the check failed: RuntimeError in _play, line "),
        ("problem", "bandit failed: KeyError in visit, line 7"),
    ],
)
def test_a_check_that_fails_leaves_the_text_unchecked_and_withheld(
    client: Client, uri: str, script: str, said: str
) -> None:
    n_unchecked = checks(client)["unchecked"]
    client.open(uri, answering("1", before=f"# analyzer: {script}\n"))
    assert ask(client, uri) == []
    empty = last_empty(client, uri)
    assert empty["reason"] == "unchecked"
    assert empty["detail"].startswith(said)
    assert "secret" not in empty["detail"]
    assert checks(client)["unchecked"] == n_unchecked + 1
    assert checks(client)["lastUnchecked"]["uri"] == uri
    client.notified(
        "window/logMessage",
        lambda params: params["message"].startswith(f"unchecked text in {uri}: {said}"),
    )


def test_a_check_that_does_not_end_leaves_the_text_unchecked_and_the_session_alive(
    uri: str,
) -> None:
    with Client("--check-limit", "0.3") as client:
        client.initialize()
        client.status(state="ready")
        client.open(uri, answering("1", before="# analyzer: hang\n"))
        assert ask(client, uri) == []
        assert last_empty(client, uri)["detail"] == "the check took longer than 0.3 s"
        client.change(uri, 1, {"text": answering("2")})
        assert ask(client, uri)[0]["insertText"] == "2"
        assert client.stop() == 0


@pytest.mark.parametrize("mode", ["unloadable", "deaf"])
def test_analyzers_that_do_not_work_are_said_and_leave_everything_unchecked(
    uri: str, mode: str
) -> None:
    with Client("--analyzers", mode) as client:
        client.initialize()
        client.status(state="ready")
        client.notified("window/showMessage", lambda p: "counts as unchecked" in p["message"])
        client.open(uri, answering("1"))
        assert ask(client, uri) == []
        assert last_empty(client, uri)["reason"] == "unchecked"
        assert checks(client)["message"]
        assert checks(client)["state"] == ("failed" if mode == "unloadable" else "ready")


def test_unread_text_is_sent_where_the_user_wants_it_and_the_status_says_so(
    lenient: Client, uri: str
) -> None:
    n_unchecked = checks(lenient)["unchecked"]
    lenient.open(uri, answering("1", before="# analyzer: problem\n"))
    assert ask(lenient, uri)[0]["insertText"] == "1"
    assert checks(lenient)["unchecked"] == n_unchecked + 1


def accept(client: Client, uri: str, version: int, item: Json, text: str) -> None:
    """What an editor sends when the item, or a part of its text, is accepted."""
    client.change(uri, version, {"range": item["range"], "text": text})


def unchecked_in(client: Client, uri: str) -> list[Json]:
    answer = client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    return [item["range"] for item in answer["items"] if item.get("code") == "unchecked"]


def span(line: int, start: int, end: int) -> Json:
    return {
        "start": {"line": line, "character": start},
        "end": {"line": line, "character": end},
    }


def test_accepted_unread_text_is_marked_word_by_word_until_a_person_has_read_it(
    lenient: Client, uri: str
) -> None:
    lenient.open(uri, answering("first + second", before="# analyzer: problem\n"))
    (item,) = ask(lenient, uri)
    assert unchecked_in(lenient, uri) == []
    accept(lenient, uri, 1, item, "first")
    assert unchecked_in(lenient, uri) == [span(2, 4, 9)]
    lenient.change(uri, 2, {"range": span(2, 9, 9), "text": " + second"})
    assert unchecked_in(lenient, uri) == [span(2, 4, 18)]
    # What a person writes into it is theirs.
    lenient.change(uri, 3, {"range": span(2, 9, 9), "text": "(x)"})
    assert unchecked_in(lenient, uri) == [span(2, 4, 9), span(2, 12, 21)]
    params = {"command": "leadsman.markAsRead", "arguments": [uri]}
    lenient.request("workspace/executeCommand", params)
    assert unchecked_in(lenient, uri) == []


def test_text_of_the_same_words_elsewhere_is_not_taken_for_an_acceptance(
    lenient: Client, uri: str
) -> None:
    lenient.open(uri, answering("first", before="# analyzer: problem\n"))
    assert ask(lenient, uri)
    lenient.change(uri, 1, {"range": span(0, 0, 0), "text": "first\n"})
    assert unchecked_in(lenient, uri) == []


def test_the_mark_goes_once_the_text_could_be_read(lenient: Client, uri: str) -> None:
    lenient.open(uri, answering("first", before="# analyzer: problem\n"))
    (item,) = ask(lenient, uri)
    accept(lenient, uri, 1, item, "first")
    assert unchecked_in(lenient, uri)
    lenient.change(uri, 2, {"range": span(0, 0, 19), "text": "# readable"})
    assert unchecked_in(lenient, uri) == []


def test_annotated_text_is_marked_once_accepted_even_where_diagnostics_are_off(uri: str) -> None:
    with Client() as client:
        client.initialize(options={"security": {"enableDiagnostics": False}})
        client.status(state="ready")
        client.open(uri, answering("assert user.is_admin", before="assert a.is_admin\n", after=""))
        (item,) = ask(client, uri)
        request = {"textDocument": {"uri": uri}}
        assert client.request("textDocument/diagnostic", request)["items"] == []
        accept(client, uri, 1, item, item["insertText"])
        (shown,) = client.request("textDocument/diagnostic", request)["items"]
        assert shown["code"] == "assert-guard"
        assert shown["range"]["start"]["line"] == 2


def test_generated_text_cannot_excuse_itself(client: Client, uri: str) -> None:
    excuse = "  # leadsman: ignore[assert-guard]"
    client.open(uri, answering(f"assert user.is_admin{excuse}", before="", after=""))
    (item,) = ask(client, uri)
    assert item["insertText"].endswith(excuse)
    accept(client, uri, 1, item, item["insertText"])
    answer = client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    assert [shown["code"] for shown in answer["items"]] == ["assert-guard"]


def test_text_with_a_dangerous_beginning_is_withheld_though_the_whole_is_harmless(
    client: Client, uri: str
) -> None:
    client.open(uri, answering(f"{UNSAFE} if False else 1"))
    assert ask(client, uri) == []
    empty = last_empty(client, uri)
    assert empty["reason"] == "blocked"
    assert empty["detail"].startswith("a beginning of it that an editor can insert: ")


@pytest.mark.parametrize(("wanted", "is_sent"), [("annotate", True), ("block", False)])
def test_code_of_a_language_without_an_analyzer_is_sent_with_a_hint_or_not_at_all(
    uri: str, wanted: str, is_sent: bool
) -> None:
    with Client() as client:
        client.initialize(options={"security": {"otherLanguages": wanted}})
        client.status(state="ready")
        client.open(uri, "package main\n\n// answer: 12 + 3\nvar x = ", "go")
        items = ask(client, uri)
        assert bool(items) == is_sent
        assert checks(client)["unchecked"] == 1
        if not is_sent:
            assert last_empty(client, uri)["reason"] == "unchecked"
            return
        accept(client, uri, 1, items[0], items[0]["insertText"])
        answer = client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        (shown,) = answer["items"]
        assert (shown["code"], shown["severity"]) == ("unchecked", 4)
        assert shown["range"] == span(3, 8, 14)
