"""A killed run loses nothing and counts nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.errors import SamplesError
from evals.generation.sample import Sample
from evals.generation.sample_file import fingerprint_digest, open_samples

PRINT = {"model": "m", "mode": "base"}


def sample(task_id: str, response: str = "x", sample_idx: int = 0) -> Sample:
    return Sample(task_id, sample_idx, response, "stop_token", 3, 2, 0.5)


def file_of(folder: Path) -> Path:
    return folder / f"t-{fingerprint_digest(PRINT)}.jsonl"


def test_samples_are_there_again_with_every_character(tmp_path: Path) -> None:
    odd = [
        sample("a", "\ud83d half, \u2028 line, \x00 nul\n"),
        sample("b", ""),
        sample("a", "z", 1),
    ]
    with open_samples(tmp_path, "t", PRINT) as file:
        file.append(odd)
    with open_samples(tmp_path, "t", PRINT) as file:
        assert list(file.samples.values()) == odd


def test_what_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    with open_samples(tmp_path, "t", PRINT) as file:
        file.append([sample("a", "first")])
        file.append([sample("a", "second"), sample("b")])
    with open_samples(tmp_path, "t", PRINT) as file:
        assert [s.response for s in file.samples.values()] == ["first", "x"]
    assert file_of(tmp_path).read_text().count('"a"') == 1


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_line_that_a_kill_cut_short_is_dropped_and_the_rest_kept(
    tmp_path: Path, cut: int
) -> None:
    with open_samples(tmp_path, "t", PRINT) as file:
        file.append([sample("a"), sample("b")])
    whole = file_of(tmp_path).read_bytes()
    file_of(tmp_path).write_bytes(whole[:-cut])
    with open_samples(tmp_path, "t", PRINT) as file:
        assert [key for key, _ in file.samples] == ["a"]
        file.append([sample("b")])
    assert file_of(tmp_path).read_bytes() == whole


def test_a_header_that_a_kill_cut_short_is_written_again(tmp_path: Path) -> None:
    with open_samples(tmp_path, "t", PRINT):
        pass
    header = file_of(tmp_path).read_bytes()
    file_of(tmp_path).write_bytes(header[:20])
    with open_samples(tmp_path, "t", PRINT) as file:
        file.append([sample("a")])
    assert file_of(tmp_path).read_bytes() == header + sample("a").to_line().encode()


def test_a_damaged_line_in_the_middle_is_named_and_nothing_is_changed(tmp_path: Path) -> None:
    with open_samples(tmp_path, "t", PRINT) as file:
        file.append([sample("a"), sample("b")])
    lines = file_of(tmp_path).read_text().splitlines(keepends=True)
    damaged = lines[0] + '{"task_id": 3}\n' + lines[2]
    file_of(tmp_path).write_text(damaged)
    with pytest.raises(SamplesError, match="line 2"), open_samples(tmp_path, "t", PRINT):
        pass
    assert file_of(tmp_path).read_text() == damaged


def test_another_fingerprint_is_another_file(tmp_path: Path) -> None:
    with open_samples(tmp_path, "t", PRINT) as file:
        file.append([sample("a")])
    with open_samples(tmp_path, "t", PRINT | {"mode": "chat"}) as file:
        assert file.samples == {}


def test_samples_of_another_run_under_our_name_are_left_alone(tmp_path: Path) -> None:
    file_of(tmp_path).write_text('{"schema": "something else"}\n')
    with pytest.raises(SamplesError, match="another run"), open_samples(tmp_path, "t", PRINT):
        pass
    assert file_of(tmp_path).read_text() == '{"schema": "something else"}\n'


def test_a_second_process_is_told_and_not_mixed_in(tmp_path: Path) -> None:
    with (
        open_samples(tmp_path, "t", PRINT),
        pytest.raises(SamplesError, match="another process"),
        open_samples(tmp_path, "t", PRINT),
    ):
        pass


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(SamplesError, match="--run-dir"),
        open_samples(tmp_path / "file" / "below", "t", PRINT),
    ):
        pass
