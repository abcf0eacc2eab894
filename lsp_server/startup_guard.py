"""Refuses to start when a foreign package would be imported in place of one of ours.

`kernels` is also the name of a package on PyPI. Installed beside ours it overwrites our files, and
in front of ours on `sys.path` it hides them; both would show only as an obscure import error.
"""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

from codegen.errors import LeadsmanError

SIBLINGS = ("codegen", "moe", "kernels", "analyzers")

# The first words of our `kernels/__init__.py`, which the PyPI package would have overwritten.
_KERNELS_MARK = '"""Tensor operations: `kernels.ops` dispatches'


def check_own_packages() -> None:
    """Looks where each package would come from, without running any of it.

    Raises:
        LeadsmanError: one of them is not the neighbour of `lsp_server`.
    """
    home = Path(__file__).resolve().parent.parent
    for name in SIBLINGS:
        found = _folder_of(find_spec(name))
        if found != home / name:
            raise LeadsmanError(
                f"the package {name!r} would be imported from {found}, not from {home / name}; "
                f"uninstall what put it there (pip uninstall {name}) or start with python -P"
            )
    first_bytes = (home / "kernels" / "__init__.py").read_text(encoding="utf-8")
    if not first_bytes.startswith(_KERNELS_MARK):
        raise LeadsmanError(
            f"the package 'kernels' from PyPI has overwritten ours in {home / 'kernels'}; "
            "run: pip uninstall kernels; pip install --force-reinstall --no-deps leadsman"
        )


def _folder_of(spec: ModuleSpec | None) -> Path | None:
    if spec is None or not spec.submodule_search_locations:
        return Path(spec.origin).resolve() if spec is not None and spec.origin else None
    return Path(next(iter(spec.submodule_search_locations))).resolve()
