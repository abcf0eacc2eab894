"""A few keystrokes with the real model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codegen.store.model import StoredModel
from evals.latency.cli import main
from evals.latency.trace_document import write_document
from tests.evals.latency.made import at, insert, session

pytestmark = pytest.mark.model

BEFORE = "import math\n\n\ndef area(radius: float) -> float:\n    "


def test_ten_keystrokes_are_answered_and_told_by_stage(
    default_model: StoredModel, tmp_path: Path
) -> None:
    keys = [insert(i * 10.0, 4, 4 + i, key) for i, key in enumerate("return ma")]
    # After a pause in which any answer comes, one key more.
    keys.append(insert(60_000.0, 4, 13, "t"))
    made = session(keys, BEFORE, cursor=at(4, 4), path="area.py")
    trace, out = tmp_path / "trace.json", tmp_path / "report.json"
    trace.write_text(json.dumps(write_document([made])))
    # Faster than the model, so that the pause is short and the last answer comes after the end.
    args = ["--trace", trace, "--json", out, "--model", default_model.name, "--speed", 10]
    assert main([str(arg) for arg in args]) == 0
    report = json.loads(out.read_text())
    assert report["fingerprint"]["weights"] == "int8"
    requests = report["requests"]
    assert requests["unanswered"] == requests["failed"] == requests["unplaceable"] == 0
    assert requests["shown"] >= 1
    for stage in ("prompt", "prefill", "decode", "filter"):
        assert report["latency_ms"][stage]["p50"] > 0
    assert report["latency_ms"]["check"]["n"] == report["latency_ms"]["filter"]["n"]
    assert report["server"]["cpu_s_sessions"] > 0
