"""The drawing carries what the page needs and nothing that its policy forbids."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from evals.plot import Point, plot_rates

SVG = "{http://www.w3.org/2000/svg}"


def make_points(n: int) -> list[Point]:
    return [
        Point("01-01", 0.3 + 0.001 * i, 0.03, i % 8, i % 2 == 0, f"run {i} <&") for i in range(n)
    ]


def parse(n: int) -> ET.Element:
    return ET.fromstring(plot_rates(make_points(n), 'said "<b>"'))


@pytest.mark.parametrize("n", [0, 1, 2, 50])
def test_every_run_is_a_titled_mark(n: int) -> None:
    root = parse(n)
    titles = [element.text for element in root.iter(f"{SVG}title")]
    assert titles == ['said "<b>"', *(point.title for point in make_points(n))]
    assert root.attrib["role"] == "img"


def test_nothing_is_styled_in_place_and_every_colour_is_a_class() -> None:
    for element in parse(9).iter():
        assert not {"style", "fill", "stroke"} & element.attrib.keys()
        assert element.tag not in (f"{SVG}style", f"{SVG}metadata", f"{SVG}script")


def test_hollow_marks_are_those_of_runs_that_are_not_whole() -> None:
    root = parse(4)
    for i in range(4):
        mark = next(element for element in root.iter() if element.get("id") == f"run-{i}")
        use = next(mark.iter(f"{SVG}use"))
        hollow = "fill-paper" in (use.get("class") or "")
        assert hollow == (i % 2 == 1)


def test_the_same_runs_are_drawn_in_the_same_bytes() -> None:
    assert plot_rates(make_points(5), "x") == plot_rates(make_points(5), "x")


def test_a_higher_rate_stands_higher() -> None:
    points = [Point("d", rate, 0.02, 0, True, "") for rate in (0.2, 0.6, 0.4)]
    root = ET.fromstring(plot_rates(points, ""))
    heights = []
    for i in range(3):
        mark = next(element for element in root.iter() if element.get("id") == f"run-{i}")
        heights.append(float(next(mark.iter(f"{SVG}use")).attrib["y"]))
    # SVG counts downwards.
    assert heights[0] > heights[2] > heights[1]
    assert heights[0] - heights[2] == pytest.approx(heights[2] - heights[1], rel=1e-3)
