"""Settings: `initializationOptions`, then the section `leadsman` whenever the client has it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from codegen.errors import LeadsmanError
from lsp_server.options import SECTION

if TYPE_CHECKING:
    from lsp_server.server import LeadsmanServer

# A client may announce `workspace/configuration` and never answer it.
ANSWER_LIMIT_S = 2.0


def register(server: LeadsmanServer) -> None:
    """Listens for changed settings."""
    server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(did_change_configuration)


async def did_change_configuration(
    ls: LeadsmanServer, params: types.DidChangeConfigurationParams
) -> None:
    """Takes what was pushed, or asks for it when the client only says that something changed."""
    settings: Any = params.settings
    if isinstance(settings, dict) and SECTION in settings:
        ls.set_options(settings[SECTION])
    else:
        await pull_settings(ls)


async def pull_settings(ls: LeadsmanServer) -> None:
    """Asks for our section where the client can be asked."""
    workspace = ls.client_capabilities.workspace
    if workspace is None or not workspace.configuration:
        return
    item = types.ConfigurationItem(section=SECTION)
    request = ls.workspace_configuration_async(types.ConfigurationParams([item]))
    try:
        answer = await asyncio.wait_for(request, ANSWER_LIMIT_S)
    except (TimeoutError, LeadsmanError):
        ls.log(types.MessageType.Warning, "the client did not give its settings; defaults stay")
        return
    if answer:
        ls.set_options(answer[0])
