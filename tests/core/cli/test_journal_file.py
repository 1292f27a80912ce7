"""The journal in a file: a line of JSON each, for its owner alone."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from sendoff.cli.journal_file import opened_journal
from sendoff.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_records_become_lines(tmp_path: Path) -> None:
    path = tmp_path / "journal.ndjson"
    with opened_journal(str(path)) as journal:
        assert journal is not None
        journal.write({"kind": "hold", "route": "a"})
        journal.write({"kind": "attempt", "deliveries": ("x",)})
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines == [{"kind": "hold", "route": "a"}, {"kind": "attempt", "deliveries": ["x"]}]
    assert mode(path) == 0o600


def test_an_earlier_journal_is_continued_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "journal.ndjson"
    path.write_text('{"kind":"old"}\n')
    path.chmod(0o644)
    with opened_journal(str(path)) as journal:
        assert journal is not None
        journal.write({"kind": "new"})
    assert path.read_text() == '{"kind":"old"}\n{"kind":"new"}\n'
    assert mode(path) == 0o600


def test_no_name_is_no_journal() -> None:
    with opened_journal(None) as journal:
        assert journal is None


@pytest.mark.parametrize("name", ["", "nowhere/journal", ".", "nul\0"])
def test_a_file_that_cannot_be_written_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="cannot be written"), opened_journal(name):
        pass


def test_a_full_disk_ends_the_journal_and_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    with opened_journal("/dev/full") as journal:
        assert journal is not None
        journal.write({"kind": "one"})
        journal.write({"kind": "two"})
        assert journal.failed
    assert capsys.readouterr().err.count("the journal /dev/full ends here") == 1
