"""Where settings come from, and what they change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lsp_server.raw_client import CAPABILITIES, Client, Json, inline_params

INLINE = "textDocument/inlineCompletion"
URI = "file:///configured.py"
TEXT = "def add(left, right):\n    return "


def ask(client: Client) -> Any:
    return client.request(INLINE, inline_params(URI, 1, 11))


def warnings(client: Client) -> list[str]:
    shown = [m["params"] for m in client.messages if m.get("method") == "window/showMessage"]
    return [params["message"] for params in shown if params["type"] == 2]


def test_initialization_options_are_followed() -> None:
    with Client() as client:
        client.initialize({}, {"model": "mine", "disabledLanguages": ["python"]})
        client.status(state="ready", model="mine")
        client.open(URI, TEXT)
        assert ask(client) == {"items": []}
        assert client.request("leadsman/status")["lastEmpty"] == {
            "reason": "disabled",
            "detail": "for python by the settings",
            "uri": URI,
        }


def test_the_configuration_of_the_workspace_lies_over_the_options() -> None:
    with Client(settings={"model": "workspace's"}) as client:
        client.initialize(options={"model": "options'", "enable": False})
        client.status(state="ready", model="workspace's")
        client.open(URI, TEXT)
        assert ask(client) == {"items": []}
        asked = client.wait(lambda message: message.get("method") == "workspace/configuration")
        assert asked["params"] == {"items": [{"section": "leadsman"}]}
        states = [m["params"] for m in client.messages if m.get("method") == "leadsman/status"]
        assert {params["model"] for params in states} == {None, "workspace's"}


def test_the_command_line_decides_the_model_before_all_settings() -> None:
    with Client("--model", "commanded", settings={"model": "set"}) as client:
        client.initialize()
        client.status(state="ready", model="commanded")


def test_another_device_opens_the_model_again() -> None:
    with Client(settings={"device": "cpu"}) as client:
        client.initialize()
        client.status(state="ready", model="scripted-model on cpu")
        client.settings = {"device": "gpu"}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.status(state="ready", model="scripted-model")
        assert any("setting device is 'gpu'" in text for text in warnings(client))


@pytest.mark.parametrize("is_pushed", [True, False])
def test_changed_settings_are_followed_and_another_model_is_loaded(is_pushed: bool) -> None:
    with Client(settings={}) as client:
        client.initialize()
        client.status(state="ready", model="scripted-model")
        client.open(URI, TEXT)
        assert ask(client)["items"]
        changed: Json = {"enable": False, "model": "another"}
        client.settings = changed
        settings = {"leadsman": changed, "other": {}} if is_pushed else None
        client.notify("workspace/didChangeConfiguration", {"settings": settings})
        client.status(state="ready", model="another")
        assert ask(client) == {"items": []}
        assert client.request("leadsman/status")["lastEmpty"]["reason"] == "disabled"
        assert client.stop() == 0


@pytest.mark.parametrize("left", [{}, None])
@pytest.mark.parametrize("is_pushed", [True, False])
def test_a_removed_setting_falls_back_to_the_options_and_the_defaults(
    is_pushed: bool, left: Json | None
) -> None:
    with Client(settings={"disabledLanguages": ["python"], "model": "workspace's"}) as client:
        client.initialize(options={"model": "options'"})
        client.status(state="ready", model="workspace's")
        client.open(URI, TEXT)
        assert ask(client) == {"items": []}
        client.settings = left
        settings = {"leadsman": left} if is_pushed else None
        client.notify("workspace/didChangeConfiguration", {"settings": settings})
        client.status(state="ready", model="options'")
        assert ask(client)["items"]


def test_wrong_settings_are_said_once_and_the_defaults_stay() -> None:
    wrong = {"enable": "yes", "unheardOf": 1}
    with Client(settings=wrong) as client:
        client.initialize(options=wrong)
        client.status(state="ready")
        client.notify("workspace/didChangeConfiguration", {"settings": {"leadsman": wrong}})
        client.open(URI, TEXT)
        assert ask(client)["items"]
        first, second = warnings(client)
        assert first.startswith("Leadsman: setting enable is 'yes', expected true or false")
        assert second.startswith("Leadsman: unknown settings: unheardOf")


def test_a_client_that_cannot_be_asked_is_not_asked() -> None:
    without = {**CAPABILITIES, "workspace": {}, "window": {}}
    with Client(settings={"enable": False}) as client:
        client.initialize(without)
        client.status(state="ready")
        client.open(URI, TEXT)
        assert ask(client)["items"]
        assert not [m for m in client.messages if "method" in m and "id" in m]
