"""Numbers come from the system."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.random_numbers import from_system


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "import random\nt = «random.choice(x)»\n",
            "import random\nt = random.SystemRandom().choice(x)\n",
        ),
        (
            "import random as r\nt = «r.randint(1, 6)»\n",
            "import random as r\nt = r.SystemRandom().randint(1, 6)\n",
        ),
        (
            "import random, secrets\nt = «random.choice(x)»\n",
            "import random, secrets\nt = secrets.choice(x)\n",
        ),
        (
            "from random import sample\nt = «sample(x, 2)»\n",
            "from random import sample, SystemRandom\nt = SystemRandom().sample(x, 2)\n",
        ),
        ("import random\nr = «random.Random()»\n", "import random\nr = random.SystemRandom()\n"),
        ("import uuid\nt = «uuid.uuid1()»\n", "import uuid\nt = uuid.uuid4()\n"),
    ],
)
def test_the_same_method_of_the_systems_source(mend: Any, before: str, after: str) -> None:
    """Imports are used as they are, or completed."""
    assert mend(from_system, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "import random\n«random.seed(1)»\n",
        "import random\nr = «random.Random(7)»\n",
        "t = «choice(x)»\n",
    ],
)
def test_what_the_system_cannot_do_is_left(mend: Any, before: str) -> None:
    """A seed, a generator with one."""
    assert mend(from_system, before) is None
