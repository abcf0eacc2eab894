"""What may hold programs is read as data."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.deserialising import safely


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import yaml\nx = «yaml.load(f)»\n", "import yaml\nx = yaml.safe_load(f)\n"),
        (
            "import torch\nm = «torch.load(f, weights_only=False)»\n",
            "import torch\nm = torch.load(f, weights_only=True)\n",
        ),
        (
            "import numpy\nm = «numpy.load(f, allow_pickle=True)»\n",
            "import numpy\nm = numpy.load(f, allow_pickle=False)\n",
        ),
    ],
)
def test_each_format_has_its_own_way(mend: Any, before: str, after: str) -> None:
    """YAML, and switches that were on."""
    assert mend(safely, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "import marshal\nx = «marshal.loads(b)»\n",
    ],
)
def test_a_format_without_a_safe_way_is_left(mend: Any, before: str) -> None:
    """Marshal."""
    assert mend(safely, before) is None
