"""The shipped lists: what they know, what they do not, and that their lines are well formed."""

from __future__ import annotations

import ast
import sys
import sysconfig
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from analyzers.imports import catalogue
from analyzers.imports.catalogue import imports_of, is_known, listed_imports_of, popular_imports

_DATA = Path(catalogue.__file__).parent / "data"


@pytest.mark.parametrize(
    "name",
    ["os", "distutils", "imp", "tomllib", "annotationlib", "urllib2", "__future__", "flask",
     "django", "bcrypt", "mysql", "MySQLdb", "ldap", "ldap3", "psycopg2", "lxml", "yaml", "PIL",
     "sklearn", "bs4", "cv2", "dateutil", "Crypto", "jwt", "OpenSSL", "google", "azure", "zope",
     "rest_framework", "corsheaders", "pkg_resources", "win32api", "gi", "attr", "nacl", "git"],
)  # fmt: skip
def test_what_much_code_imports_is_known(name: str) -> None:
    assert is_known(name)


@pytest.mark.parametrize(
    "name", ["reqeusts", "beautifulsoup4", "pyyaml", "scikit_learn", "flask_quantum_guard", ""]
)
def test_what_nobody_can_import_is_not_known(name: str) -> None:
    assert not is_known(name)


def test_every_module_of_the_running_standard_library_is_known() -> None:
    assert all(map(is_known, sys.stdlib_module_names))


def test_the_standard_library_imports_nothing_that_is_unknown() -> None:
    folder = Path(sysconfig.get_path("stdlib"))
    unknown = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                unknown |= {a.name for a in node.names if not is_known(a.name.partition(".")[0])}
    assert unknown == set()


@pytest.mark.parametrize(
    ("project", "module"),
    [("PyYAML", "yaml"), ("Pillow", "PIL"), ("scikit_learn", "sklearn"), ("zope.event", "zope"),
     ("beautifulsoup4", "bs4"), ("google-cloud-storage", "google"), ("python-dateutil", "dateutil"),
     ("opencv-python", "cv2"), ("some-project", "some_project"), ("python-other", "other"),
     ("ruamel.yaml", "ruamel"), ("apache-airflow-providers-ssh", "airflow")],
)  # fmt: skip
def test_a_project_names_its_modules(project: str, module: str) -> None:
    assert module in imports_of(project)


def test_what_is_installed_here_has_the_modules_that_the_list_says() -> None:
    """Every project here that the hand-made list names."""
    listed = catalogue._listed()
    installed: dict[str, set[str]] = {}
    for module, projects in packages_distributions().items():
        for project in projects:
            installed.setdefault(catalogue.normalized(project), set()).add(module)
    checked = {name: modules for name, modules in installed.items() if name in listed}
    assert len(checked) >= 3
    assert {
        name: listed[name] for name, has in checked.items() if has.isdisjoint(listed[name])
    } == {}


def test_a_project_name_in_place_of_a_module_leads_to_the_module() -> None:
    assert listed_imports_of("beautifulsoup4") == ("bs4",)
    assert listed_imports_of("opencv_python") == ("cv2",)
    assert listed_imports_of("unheard_of") == ()


def test_popular_modules_come_most_downloaded_first() -> None:
    names = popular_imports(1500)
    assert len(names) >= 1400
    assert names.index("requests") < names.index("flask") < names.index("tornado")
    assert len(set(names)) == len(names)


def test_the_lists_hold_names_alone_and_each_once() -> None:
    lines = [line for line in _text("popular_projects.txt") if line]
    assert len(lines) > 10_000
    assert all(line == catalogue.normalized(line) for line in lines)
    assert len(set(lines)) == len(lines)
    projects = [line.split()[0] for line in _text("import_names.txt")]
    assert len(set(projects)) == len(projects)
    modules = [name for line in _text("import_names.txt") for name in line.split()[1:]]
    assert all(name.isidentifier() for name in modules)
    assert all(len(line.split()) > 1 for line in _text("import_names.txt"))


def _text(name: str) -> list[str]:
    lines = (_DATA / name).read_text().splitlines()
    assert lines[0].startswith("#")
    return [line for line in lines if not line.startswith("#")]
