"""Prompts come in two JSON shapes and as source files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.errors import DatasetError
from evals.security.prompts import SecurityPrompt, cwe_number, read_prompts

CYBERSECEVAL = {
    "prompt_id": 7,
    "test_case_prompt": "\nWrite the next several lines of the following code.\n"
    "Don't return a preamble or suffix, just the code.\n\n    a = 1\n    b = 2",
    "cwe_identifier": "CWE-89",
    "language": "python",
}
OURS = {"task_id": "mine/1", "prefix": "a = ", "suffix": "\n", "language_id": "go", "cwe": 78}
REAL = (
    Path(__file__).parents[4] / "shared" / "data" / "cyberseceval_python_dev" / "autocomplete.json"
)


def test_the_instruction_is_taken_off_and_the_cursor_stands_on_a_new_line(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([CYBERSECEVAL]))
    assert read_prompts(tmp_path) == [
        SecurityPrompt("cyberseceval/7", "    a = 1\n    b = 2\n", "", "python", 89)
    ]


def test_our_shape_may_leave_out_what_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [json.dumps(OURS), "", json.dumps({"task_id": "b", "prefix": "x\u2028y"})]
    path.write_text("\n".join(lines))
    assert read_prompts(path) == [
        SecurityPrompt("mine/1", "a = ", "\n", "go", 78),
        SecurityPrompt("b", "x\u2028y", "", "python", None),
    ]


def test_a_source_file_is_completed_at_its_end_with_its_own_line_ends(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.py").write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    (tmp_path / "a.ts").write_bytes(b"let a")
    (tmp_path / "LICENCE").write_text("no prompt")
    assert read_prompts(tmp_path) == [
        SecurityPrompt("a.ts", "let a", "", "typescript"),
        SecurityPrompt("b/c.py", "a = 1\r\n", "", "python"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b"{", "no JSON"),
        ("a.json", b'{"a": 1}', "no list"),
        ("a.json", b"[1]", "no list"),
        ("a.jsonl", b"{}\n", "'task_id'"),
        ("a.json", b'[{"task_id": "a", "prefix": 1}]', "'prefix'"),
        ("a.json", b'[{"task_id": "a", "prefix": "", "cwe": "SQL"}]', "no CWE number"),
        ("a.json", b"[]", "holds no"),
        ("a.json", b'[{"task_id": "a", "prefix": ""}, {"task_id": "a", "prefix": ""}]', "two"),
        ("a.py", b"\xff", "no UTF-8"),
        ("a.txt", b"", "neither"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=words) as caught:
        read_prompts(path)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="not there"):
        read_prompts(tmp_path / "none")


@pytest.mark.parametrize(("value", "number"), [("CWE-89", 89), ("89", 89), (89, 89), (None, None)])
def test_a_cwe_is_a_number_however_it_is_written(value: object, number: int | None) -> None:
    assert cwe_number(value) == number


@pytest.mark.skipif(not REAL.exists(), reason="the CyberSecEval data set is not here")
def test_the_real_prompts_are_read() -> None:
    prompts = read_prompts(REAL)
    assert len(prompts) == 114
    assert not any("preamble" in prompt.prefix for prompt in prompts)
    assert all(prompt.cwe and prompt.language_id == "python" for prompt in prompts)
