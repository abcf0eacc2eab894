"""YAML loads plain values only."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.yaml_loading import safely


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import yaml\nx = «yaml.load(f)»\n", "import yaml\nx = yaml.safe_load(f)\n"),
        (
            "import yaml\nx = «yaml.load(f, Loader=yaml.Loader)»\n",
            "import yaml\nx = yaml.safe_load(f)\n",
        ),
        (
            "import yaml\nx = «yaml.load(f, yaml.FullLoader)»\n",
            "import yaml\nx = yaml.safe_load(f)\n",
        ),
        ("import yaml\nx = «yaml.unsafe_load(f)»\n", "import yaml\nx = yaml.safe_load(f)\n"),
        (
            "import yaml as y\nx = list(«y.load_all(f, Loader=y.Loader)»)\n",
            "import yaml as y\nx = list(y.safe_load_all(f))\n",
        ),
        (
            "from yaml import load, Loader\nx = «load(f, Loader=Loader)»\n",
            "from yaml import safe_load, Loader\nx = safe_load(f)\n",
        ),
    ],
)
def test_the_safe_function_takes_the_place(mend: Any, before: str, after: str) -> None:
    """The loader goes; aliases and bare names are respected."""
    assert mend(safely, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "x = «load(f)»\n",
        "from yaml import load\ny = load(a)\nx = «load(f)»\n",
    ],
)
def test_others_are_left(mend: Any, before: str) -> None:
    """A function of that name from elsewhere, one used twice."""
    assert mend(safely, before) is None


@pytest.mark.parametrize(
    "objects",
    [
        "class P(yaml.YAMLObject):\n    tag = '!P'\n",
        "yaml.add_constructor('!p', P)\n",
        "T = '!!python/object:a.B {}'\n",
    ],
)
def test_a_file_that_reads_its_own_objects_is_left(mend: Any, objects: str) -> None:
    """The safe loader does not know them."""
    assert mend(safely, f"import yaml\n{objects}x = «yaml.load(s, Loader=yaml.Loader)»\n") is None
