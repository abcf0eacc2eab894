"""What the analyzers are told of where a document belongs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codegen.errors import LeadsmanError
from lsp_server.server import LeadsmanServer, create_server


def session(folders: list[str]) -> LeadsmanServer:
    """A server in this process with these workspace folders, the first of them the root."""

    def open_engine(*_: Any, **__: Any) -> Any:
        raise LeadsmanError("these tests generate nothing")

    server = create_server(open_engine)
    params: dict[str, Any] = {
        "processId": None,
        "rootUri": folders[0] if folders else None,
        "capabilities": {"textDocument": {"diagnostic": {}}},
        "workspaceFolders": [{"uri": uri, "name": uri} for uri in folders],
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    server.protocol.receive(json.dumps(message).encode())
    return server


@pytest.mark.parametrize(
    ("folders", "uri", "path", "root"),
    [
        (["file:///w/a"], "file:///w/a/b/c.py", "/w/a/b/c.py", "/w/a"),
        (["file:///w", "file:///w/a%20b"], "file:///w/a%20b/c.py", "/w/a b/c.py", "/w/a b"),
        (["file:///w/a"], "file:///elsewhere/c.py", "/elsewhere/c.py", None),
        (["file:///w/a"], "file:///w/ab/c.py", "/w/ab/c.py", None),
        (["file:///w/a"], "untitled:Untitled-1", None, "/w/a"),
        ([], "file:///c.py", "/c.py", None),
    ],
)
def test_a_document_belongs_to_the_innermost_folder_around_it(
    folders: list[str], uri: str, path: str | None, root: str | None
) -> None:
    server = session(folders)
    item = {"uri": uri, "languageId": "python", "version": 0, "text": ""}
    opened = {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": item}}
    server.protocol.receive(json.dumps(opened).encode())
    document = server.documents.find(uri)
    assert document is not None
    project = server.scans.project(document)
    assert project.path == (path and Path(path))
    assert project.root == (root and Path(root))
