"""No test of Bandit and no rule of ruff is forgotten."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from ruff import find_ruff_bin  # type: ignore[import-untyped]

from analyzers.engines import bandit
from analyzers.engines.off import OFF
from analyzers.registry import by_alias


def all_of_bandit() -> set[str]:
    bandit.version()
    # Imported here, since the first import of Bandit warns.
    from bandit.core import extension_loader  # type: ignore[import-untyped]

    manager = extension_loader.MANAGER
    listed = {entry["id"] for entries in manager.blacklist.values() for entry in entries}
    return {*manager.plugins_by_id, *listed}


def all_of_ruff() -> set[str]:
    answer = subprocess.run(
        [Path(find_ruff_bin()), "rule", "--all", "--output-format", "json"],
        capture_output=True,
        check=True,
    )
    return {
        rule["code"]
        for rule in json.loads(answer.stdout)
        if rule["linter"] == "flake8-bandit" and "Removed" not in str(rule.get("status"))
    }


def test_every_one_is_an_alias_of_a_rule_or_off_for_a_reason() -> None:
    every = all_of_bandit() | all_of_ruff()
    assert len(every) > 140
    assert every - set(by_alias()) - set(OFF) == set()


def test_none_is_both() -> None:
    assert set(by_alias()) & set(OFF) == set()
    assert all(OFF.values())
