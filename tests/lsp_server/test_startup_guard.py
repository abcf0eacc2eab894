"""The three traps of the fixed package names."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lsp_server.startup_guard import SIBLINGS, check_own_packages
from tests.lsp_server.raw_client import ROOT, SERVER, Client, Json, environment, inline_params

# Every name that a session imports from us or from outside could be taken by a workspace.
HOSTILE_NAMES = ("kernels", "lsp_server", "codegen", "moe", "analyzers", "pygls", "tests")
HOSTILE_MODULES = ("torch", "json", "sitecustomize", "usercustomize", "typing", "asyncio")


def hostile(folder: Path) -> Path:
    """A folder in which each package and module leaves a mark when any of its code runs."""
    folder.mkdir()
    mark = folder / "it-ran"
    code = f"open({str(mark)!r}, 'a').write(__name__ + '\\n')\n"
    for name in HOSTILE_NAMES:
        (folder / name).mkdir()
        for module in ("__init__", "__main__", "cli", "engine", "errors"):
            (folder / name / f"{module}.py").write_text(code)
    for name in HOSTILE_MODULES:
        (folder / f"{name}.py").write_text(code)
    return mark


def test_our_kernels_package_is_a_docstring_and_nothing_else() -> None:
    tree = ast.parse((ROOT / "kernels" / "__init__.py").read_text(encoding="utf-8"))
    (only,) = tree.body
    assert isinstance(only, ast.Expr)
    assert isinstance(only.value, ast.Constant)


def test_our_version_stays_below_the_one_that_transformers_asks_of_kernels() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert tuple(map(int, project["version"].split("."))) < (0, 9)
    assert not any(line.startswith("kernels") for line in project["dependencies"])


def test_transformers_sees_no_kernels_from_the_hub_beside_ours(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    script = (
        "import kernels, transformers\n"
        "from transformers.utils.import_utils import is_kernels_available\n"
        "print(kernels.__doc__.split(':')[0], is_kernels_available())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-P", "-c", script],
        capture_output=True, text=True, env=environment(), cwd=tmp_path, check=False,
    )  # fmt: skip
    assert ended.stdout == "Tensor operations False\n", ended.stderr


def test_our_own_packages_pass() -> None:
    check_own_packages()


@pytest.mark.parametrize("name", SIBLINGS)
def test_a_foreign_package_in_front_of_ours_is_named_and_not_run(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("raise SystemExit('it ran')\n")
    # The repository comes first for everything but the package in question.
    script = (
        "import sys\nimport lsp_server.startup_guard as guard\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        f"sys.modules.pop({name!r}, None)\n"
        "try:\n    guard.check_own_packages()\n"
        "except Exception as refused:\n    print(type(refused).__name__, refused)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-P", "-c", script],
        capture_output=True, text=True, env=environment(), check=True,
    )  # fmt: skip
    assert ended.stdout.startswith(f"LeadsmanError the package {name!r} would be imported from")
    assert str(tmp_path / name) in ended.stdout
    assert f"pip uninstall {name}" in ended.stdout


def test_a_kernels_package_that_was_installed_over_ours_is_noticed(tmp_path: Path) -> None:
    for name in (*SIBLINGS, "lsp_server"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('"""Somebody else\'s."""\n')
    for source in ("lsp_server/startup_guard.py", "codegen/errors.py"):
        shutil.copy(ROOT / source, tmp_path / source)
    script = "from lsp_server.startup_guard import check_own_packages as c; c()"
    ended = subprocess.run(
        [sys.executable, "-P", "-c", script],
        capture_output=True, text=True, env=environment(PYTHONPATH=str(tmp_path)), check=False,
    )  # fmt: skip
    assert "LeadsmanError: the package 'kernels' from PyPI has overwritten ours" in ended.stderr


@pytest.mark.parametrize(
    "start",
    [["-P", "-m", "lsp_server"], ["-m", "lsp_server"], ["{script}", "serve"]],
    ids=["module", "module without -P", "console script"],
)
def test_no_code_of_a_hostile_workspace_runs(tmp_path: Path, start: list[str]) -> None:
    """What PYTHONPATH names is the user's own business; here it names our repository alone."""
    workspace = tmp_path / "workspace"
    mark = hostile(workspace)
    if start == ["-m", "lsp_server"]:
        # Python itself would run a package of that name before we can do anything about it.
        for module in (workspace / "lsp_server").iterdir():
            module.unlink()
        (workspace / "lsp_server").rmdir()
        for name in ("sitecustomize.py", "usercustomize.py"):
            (workspace / name).unlink()
    # As pip writes it; its own folder, not the workspace, comes first on sys.path.
    script = tmp_path / "bin" / "leadsman"
    script.parent.mkdir()
    script.write_text("import sys\nfrom lsp_server.cli import main\nsys.exit(main())\n")
    env = environment(LEADSMAN_HOME=str(tmp_path / "store"), HOME=str(tmp_path))
    command = [sys.executable, *(part.format(script=script) for part in start)]
    with Client(command=command, cwd=workspace, env=env) as client:
        full_session(client, workspace, "no_model")
    assert not mark.exists(), mark.read_text()


def test_no_code_of_a_hostile_workspace_runs_while_an_engine_answers(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    mark = hostile(workspace)
    with Client(cwd=workspace) as client:
        full_session(client, workspace, "ready")
    assert not mark.exists(), mark.read_text()


def test_the_hostile_workspace_would_run_if_it_could(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    mark = hostile(workspace)
    subprocess.run([sys.executable, "-c", "import kernels"], cwd=workspace, check=True)
    assert mark.exists()


def full_session(client: Client, workspace: Path, state: str) -> None:
    """Everything that a session does, in a workspace."""
    root = workspace.as_uri()
    params: Json = {"processId": None, "rootUri": root, "capabilities": {},
              "workspaceFolders": [{"uri": root, "name": "hostile"}]}  # fmt: skip
    client.request("initialize", params)
    client.notify("initialized", {})
    client.status(state=state)
    uri = (workspace / "kernels" / "__init__.py").as_uri()
    client.open(uri, "def add(left, right):\n    return ")
    answer = client.request("textDocument/inlineCompletion", inline_params(uri, 1, 11))
    assert bool(answer["items"]) == (state == "ready")
    assert client.stop() == 0


def test_no_package_under_tests_shadows_a_real_one() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pytest_options = options["tool"]["pytest"]["ini_options"]
    assert "--import-mode=importlib" in pytest_options["addopts"]
    assert pytest_options["pythonpath"] == ["."]
    assert SERVER.is_file()
