"""A file is put in the place of another whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from sendoff.errors import SendoffError, UsageError
from sendoff.pipeline_file.rewriting import digest, read_text, replace_text, secret_files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sendoff.yaml"
    path.write_bytes(b"old")
    path.chmod(0o604)
    return path


def test_the_new_text_takes_the_place_of_the_old_and_the_mode_stays(file: Path) -> None:
    replace_text(file, b"old", b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o604
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_changed_is_left_alone(file: Path) -> None:
    with pytest.raises(UsageError, match="was changed since"):
        replace_text(file, b"older", b"new")
    assert file.read_bytes() == b"old"
    assert list(file.parent.iterdir()) == [file]


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = folder / "link.yaml"
    link.symlink_to(file)
    replace_text(link, b"old", b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"


def test_a_file_that_is_gone_is_told_of(tmp_path: Path) -> None:
    gone = tmp_path / "none" / "sendoff.yaml"
    with pytest.raises(SendoffError, match="cannot be read: No such file"):
        read_text(gone)
    with pytest.raises(SendoffError, match="cannot be written: No such file"):
        replace_text(gone, b"", b"new")


def test_different_texts_are_told_apart() -> None:
    assert digest(b"a") == digest(b"a") != digest(b"b")


def test_secrets_are_written_for_their_owner_alone(tmp_path: Path) -> None:
    with secret_files({tmp_path / "a": "one", tmp_path / "b": "two"}):
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "b").read_text() == "two\n"


def test_secrets_are_taken_away_again_where_what_follows_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), secret_files({tmp_path / "a": "one"}):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("of somebody else")
    with (
        pytest.raises(UsageError, match="there is a file b already"),
        secret_files({tmp_path / "a": "one", tmp_path / "b": "two"}),
    ):
        pytest.fail("nothing is begun")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["of somebody else"]
