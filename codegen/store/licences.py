"""Agreement to licences that restrict use: asked for once and remembered in the store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from codegen.errors import LicenseNotAccepted
from codegen.store.catalog import Licence
from codegen.store.disk import write_json

AcceptLicense = Callable[[str, str], bool]

# What the hub calls licences that anyone may use for anything.
_PERMISSIVE = frozenset(
    {"apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "isc", "cc0-1.0", "unlicense", "0bsd"}
)


def hub_licence(repo: str, name: str | None) -> Licence:
    """The licence of a repository outside the catalog; restricted unless known not to be."""
    return Licence(
        name or "not stated",
        f"https://huggingface.co/{repo}",
        restricted=(name or "").lower() not in _PERMISSIVE,
    )


def agree(root: Path, model: str, licence: Licence, accept: AcceptLicense) -> None:
    """Returns once the user has agreed to the licence of `model`, now or in an earlier pull.

    `accept` is asked with the licence's name and a text that says what it means.

    Raises:
        LicenseNotAccepted: the answer was no.
    """
    if not licence.restricted:
        return
    file = root / "licences.json"
    accepted = _accepted(file)
    if accepted.get(model) == licence.name:
        return
    text = (
        f"{model} comes under the {licence.name!r} licence, which may restrict how the model is "
        f"used and what you pass on to others. Read it at {licence.url}"
    )
    if not accept(licence.name, text):
        raise LicenseNotAccepted(
            f"the licence of {model} ({licence.name}, {licence.url}) was not accepted; read it, "
            f"then run: leadsman model pull {model} --accept-license"
        )
    root.mkdir(parents=True, exist_ok=True)
    write_json(file, {**accepted, model: licence.name})


def _accepted(file: Path) -> dict[str, str]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(k): str(v) for k, v in document.items()} if isinstance(document, dict) else {}
