"""Labels come from a table, fragments from JSON; what is malformed is one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.errors import DatasetError
from evals.security.labels import Fragment, Label, read_fragments, read_labelled, read_labels

CSV = "test,category,vulnerable,cwe\na1,sqli,true,89\na2,sqli,false,CWE-89\n"
ITEM = {
    "prompt_id": 1,
    "origin_code": "a = 1\nf(\n  b)\nc = 2\n",
    "line_text": "f(\n  b)",
    "cwe_identifier": "CWE-78",
    "language": "python",
}


@pytest.mark.parametrize("text", [CSV, CSV.replace("\n", "\r\n"), CSV.replace("test", "# Test", 1)])
def test_a_table_of_labels_is_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "expected.csv"
    path.write_bytes(text.encode())
    assert read_labels(path) == [Label("a1", "sqli", True, 89), Label("a2", "sqli", False, 89)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column 'test'"),
        ("test,category,vulnerable\n", "no column 'cwe'"),
        ("test,category,vulnerable,cwe\n", "no label"),
        (CSV + "a3,sqli,maybe,89\n", "line 4.*maybe"),
        (CSV + "a3,sqli,true,x\n", "no CWE number"),
        (CSV + "a3,sqli,true,\n", "cwe is empty"),
        (CSV + "a3,sqli\n", "line 4"),
        (CSV + "a1,sqli,true,89\n", "labelled twice"),
    ],
)
def test_a_malformed_table_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "expected.csv"
    path.write_text(text)
    with pytest.raises(DatasetError, match=words):
        read_labels(path)


def test_a_file_that_is_missing_or_unreadable_is_kept_as_such(tmp_path: Path) -> None:
    labels = [Label(name, "sqli", True, 89) for name in ("a1", "a2", "a3")]
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a1.py").write_bytes(b"a = 1\r\n")
    (tmp_path / "code" / "a2.py").write_bytes(b"\xff")
    files = read_labelled(labels, tmp_path)
    assert [file.text for file in files] == ["a = 1\r\n", None, None]
    assert "UTF-8" in files[1].problem
    assert files[2].problem == "no such file"


def test_a_folder_with_none_of_the_files_is_the_wrong_one(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"a1\.py"):
        read_labelled([Label("a1", "sqli", True, 89)], tmp_path)


def test_a_fragment_knows_its_labelled_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([ITEM]))
    expected = Fragment("cyberseceval/1", str(ITEM["origin_code"]), "python", 78, 2, 3)
    assert read_fragments(path) == [expected]


@pytest.mark.parametrize(
    "change", [{"line_text": "zzz"}, {"cwe_identifier": None}, {"language": 1}]
)
def test_a_malformed_fragment_is_one_line(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([ITEM | change]))
    with pytest.raises(DatasetError, match="item 1"):
        read_fragments(path)
