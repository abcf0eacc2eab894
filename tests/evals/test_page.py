"""The page: complete, self-contained, and deaf to what candidates say."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.gate import compare
from evals.page import render_page
from evals.run_record import RunRecord, SandboxReport
from tests.evals.records import flip, make_baseline, make_record, make_tasks, with_detail

TASKS = make_tasks(12, 8)
_VOID = {"meta", "input", "br"}


class Page(HTMLParser):
    """Tags with their attributes, the text in them, and whether every tag is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def make_full() -> str:
    run = replace(make_record(flip(TASKS, 7, 1), day=3), sandbox=SandboxReport(("rlimits",), True))
    history = [
        make_record(TASKS, day=day, fingerprint={"model": f"m{day % 3}"}) for day in range(50)
    ]
    return render_page(run, history, compare(make_baseline(TASKS), run), ["foreign.json: no run"])


def test_a_full_page_shows_the_run_the_verdict_and_every_task() -> None:
    page = Page(make_full())
    assert "WORSE than the baseline" in page.text
    assert "foreign.json: no run" in page.text
    for task in TASKS:
        assert task in page.words
    assert page.count("svg") == 1
    assert sum((attrs.get("id") or "").startswith("run-") for _, attrs in page.tags) == 51


def test_the_policy_allows_this_style_and_script_and_nothing_else() -> None:
    text = make_full()
    match = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert match is not None
    directives = dict(part.strip().split(" ", 1) for part in match[1].split(";"))
    assert directives["default-src"] == "'none'"
    for tag in ("style", "script"):
        bodies = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(bodies) == 1
        digest = base64.b64encode(hashlib.sha256(bodies[0].encode()).digest()).decode()
        assert directives[f"{tag}-src"] == f"'sha256-{digest}'"


def test_the_page_needs_nothing_but_itself() -> None:
    page = Page(make_full())
    assert {"link", "img", "iframe", "object", "base", "form"}.isdisjoint(t for t, _ in page.tags)
    for _, attributes in page.tags:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    style = next(word for word in page.words if "color-scheme" in word)
    assert "url(" not in style
    assert "@import" not in style


@given(st.text(st.sampled_from("<>&\"'`=/ \n\x00\x1b\u202e\ud800!-]scriptonx;")))
@settings(max_examples=60, deadline=None)
def test_hostile_text_stays_text_wherever_it_stands(hostile: str) -> None:
    def render(text: str) -> Page:
        run = make_record({text: 0, "b/1": 1}, fingerprint={text + "x": text, "mode": text})
        run = replace(with_detail(run, text, text), canaries={text: text}, metrics={text: text})
        return Page(render_page(run, [], None, [text]))

    shape = [tag for tag, _ in render("plain\n" if "\n" in hostile else "plain").tags]
    # A detail is folded or absent by its length; all else has the same tags as for plain text.
    ignored = {"code", "details", "summary", "pre"}
    assert [t for t in (tag for tag, _ in render(hostile).tags) if t not in ignored] == [
        t for t in shape if t not in ignored
    ]
    render_page(None, []).encode()


def test_a_script_in_a_detail_is_shown_and_not_run() -> None:
    hostile = "</script><script>alert(1)</script>\x1b[2J"
    text = render_page(with_detail(make_record(TASKS), "HumanEval/9", hostile))
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in text
    assert "\\x1b[2J" in text
    assert text.count("<script>") == 1


def test_megabytes_of_detail_are_cut() -> None:
    text = render_page(with_detail(make_record(TASKS), "HumanEval/9", "x" * 5_000_000))
    assert len(text) < 100_000
    assert "4998000 more characters" in text


@pytest.mark.parametrize("n_runs", [0, 1, 50])
def test_saved_runs_alone_make_a_page(n_runs: int) -> None:
    page = Page(render_page(None, [make_record(TASKS, day=day) for day in range(n_runs)]))
    assert page.count("svg") == min(n_runs, 1)
    assert ("No run has been saved yet" in page.text) == (n_runs == 0)


def test_a_run_without_tasks_makes_a_page() -> None:
    assert "0.0%" in Page(render_page(make_record({}))).text


def test_the_run_is_not_plotted_twice_where_it_is_saved_already() -> None:
    run = make_record(TASKS)
    assert "Saved runs: 1" in render_page(run, [run])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"partial": True}, "Partial run."),
        ({"sandbox": SandboxReport(("rlimits",), True)}, "Weak sandbox."),
        ({"selection": ("HumanEval/0",)}, "Subset."),
    ],
)
def test_what_is_less_than_a_whole_safe_run_is_marked(change: dict[str, object], said: str) -> None:
    plain: RunRecord = make_record(TASKS)
    assert said not in render_page(plain)
    assert said in Page(render_page(replace(plain, **change))).text  # type: ignore[arg-type]


def test_several_samples_show_how_many_passed() -> None:
    page = Page(render_page(make_record({"a/1": 3, "a/2": 0}, n=5)))
    assert "3 of 5 passed" in page.text
    assert "pass@5" in page.words
