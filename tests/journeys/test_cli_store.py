"""`sendoff store recover`: a damaged store is told, and what can be read of it is saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.journeys.conftest import CommandLine

Person = Callable[..., dict[str, Any]]


def test_a_damaged_store_is_recovered_and_goes_on(
    command_line: CommandLine, person: Person
) -> None:
    command_line.keep(*map(person, range(100)))
    file = command_line.folder / "sendoff.db"
    content = bytearray(file.read_bytes())
    content[100:2000] = b"\xff" * 1900  # past the name of the format: what tells of the tables
    file.write_bytes(content)
    told = command_line.run("status")
    assert told.code == 1
    assert "sendoff store recover" in told.err
    recovered = command_line.run("store", "recover", "--json")
    saved = recovered.json
    assert saved["damaged"] == str(command_line.folder / "sendoff.db.damaged-1")
    assert (saved["saved"]["events"], saved["saved"]["deliveries"]) == (100, 100)
    assert command_line.run("worker", "--once").code == 0
    assert command_line.desk.requests.by_status == {201: 100}


def test_a_whole_store_loses_nothing_and_is_kept_twice(
    command_line: CommandLine, person: Person
) -> None:
    command_line.keep(person(1), b"not JSON")
    done = command_line.run("store", "recover", "sendoff.db")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:5] == [
        "saved:", "  events 2", "  deliveries 1", "  dead letters 1", "  facts 1",
    ]  # fmt: skip
    assert (command_line.folder / "sendoff.db.damaged-1").exists()


def test_what_is_lost_with_the_end_of_a_file_is_told_with_what_to_do(
    command_line: CommandLine, person: Person
) -> None:
    command_line.keep(*map(person, range(300)))
    file = command_line.folder / "sendoff.db"
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * 9 // 10])
    recovered = command_line.run("store", "recover")
    assert recovered.code == 1
    told = recovered.out.splitlines()
    assert told[told.index("now:") + 1 :]
    assert "bytes are missing" in recovered.out
    assert "start `sendoff run`, `serve` or `worker` as before" in recovered.out
    assert file.with_name("sendoff.db.damaged-1").read_bytes() == content[: len(content) * 9 // 10]


def test_there_must_be_a_store_to_recover(command_line: CommandLine) -> None:
    missing = command_line.run("store", "recover", "other.db")
    assert (missing.code, missing.out) == (1, "")
    text = command_line.pipeline.read_text()
    command_line.pipeline.write_text(text.replace("sqlite:./sendoff.db", "memory"))
    no_file = command_line.run("store", "recover")
    assert no_file.code == 2
    assert "is no file" in no_file.err


def test_a_store_that_is_in_use_is_left_alone(command_line: CommandLine) -> None:
    worker = command_line.start("worker")
    assert worker.stderr
    worker.stderr.readline()  # it delivers
    refused = command_line.run("store", "recover")
    worker.terminate()
    assert command_line.end_of(worker).code == 143
    assert refused.code == 1
    assert f"process {worker.pid}" in refused.err
