"""The plot of the decoders' bench."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from codegen.bench_plot import main

SVG = "{http://www.w3.org/2000/svg}"
REPORT = {
    "device": "a <GPU>",
    "measurements": [
        {"name": "6.7b int4, step of 1", "value": 1.7, "unit": "ms"},
        {"name": "6.7b int4, decode, device", "value": 590.0, "unit": "tok/s"},
        {"name": "6.7b int4, decode, as read", "value": 580.0, "unit": "tok/s"},
        {"name": "6.7b int4, by another, decode, device", "value": 290.0, "unit": "tok/s"},
        {"name": "6.7b nf4, by a third, decode", "value": 14.5, "unit": "tok/s"},
    ],
}


def test_bars_are_as_long_as_the_rates_and_peers_have_another_colour(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(json.dumps(REPORT))
    assert main([str(tmp_path / "bench.json"), str(tmp_path / "plot.svg")]) == 0
    root = ElementTree.fromstring((tmp_path / "plot.svg").read_text())
    bars = [r.attrib for r in root.iter(f"{SVG}rect") if r.attrib["height"] == "16"]
    ours, other, third = (float(bar["width"]) for bar in bars)
    assert other / ours == pytest.approx(0.5, rel=1e-3)
    assert third / ours == pytest.approx(0.025, rel=1e-2)
    assert bars[0]["fill"] != bars[1]["fill"] == bars[2]["fill"]
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"6.7b int4, ours", "6.7b int4, by another", "6.7b nf4, by a third"} < set(texts)
    assert "580" in texts
    assert "590" not in texts


@pytest.mark.parametrize("text", ["", "{}", '{"measurements": [1]}', '{"measurements": []}'])
def test_what_is_no_bench_is_one_line_and_exit_2(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bench.json").write_text(text)
    assert main([str(tmp_path / "bench.json"), str(tmp_path / "plot.svg")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "plot.svg").exists()
