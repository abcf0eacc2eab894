"""The plot of the kernels' bench."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from kernels.bench_plot import main

REPORT = {
    "device": "a <GPU>",
    "copy_gb_s": 4254.0,
    "timings": [
        {"name": "a & b", "limit_us": 10.0, "ours_us": 20.0, "others_us": {"peer": 40.0}},
        {"name": "c", "limit_us": 9.0, "ours_us": 10.0, "others_us": {}},
    ],
}


def test_bars_are_as_long_as_the_shares_and_peers_are_marked(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(json.dumps(REPORT))
    assert main([str(tmp_path / "bench.json"), str(tmp_path / "plot.svg")]) == 0
    root = ElementTree.fromstring((tmp_path / "plot.svg").read_text())
    name = "{http://www.w3.org/2000/svg}rect"
    bars = [r for r in root.iter(name) if r.attrib["height"] == "12"]
    first, second = (float(bar.attrib["width"]) for bar in bars)
    assert second / first == pytest.approx(0.9 / 0.5, rel=1e-3)
    (mark,) = [r for r in root.iter(name) if r.attrib["height"] == "14"]
    middle = float(mark.attrib["x"]) + 1 - float(bars[0].attrib["x"])
    assert middle / first == pytest.approx(0.5, rel=1e-2)
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"a & b", "50%", "90%", "peer", "ours"} <= set(texts)


@pytest.mark.parametrize("text", ["", "{}", '{"timings": [1], "device": "", "copy_gb_s": 1}'])
def test_what_is_no_bench_is_one_line_and_exit_2(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bench.json").write_text(text)
    assert main([str(tmp_path / "bench.json"), str(tmp_path / "plot.svg")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "plot.svg").exists()
