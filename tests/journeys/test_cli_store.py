"""`sendoff store recover`: a damaged store is told, and what can be read of it is saved."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
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


def harm(command_line: CommandLine, statement: str) -> None:
    with closing(sqlite3.connect(command_line.folder / "sendoff.db")) as db, db:
        db.execute(statement)


def test_what_is_dead_of_a_damaged_delivery_is_found_by_the_message_id(
    command_line: CommandLine, person: Person
) -> None:
    command_line.keep(person(1), person(2))
    harm(command_line, "UPDATE deliveries SET crc = 1 WHERE event = 2")
    command_line.run("worker", "--once")
    [letter] = command_line.run("dead", "list", "--json").lines
    explained = command_line.run("explain", "--id", "m2", "--json")
    assert explained.json["dead"] == [letter["id"]]
    told = command_line.run("explain", "--id", "m2").out
    assert f"dead now on support: damaged (`sendoff dead show {letter['id']}`)" in told
    assert command_line.run("explain", "--id", "m1", "--json").json["dead"] == []


def test_what_was_decided_about_a_message_that_is_damaged_is_told(
    command_line: CommandLine, person: Person
) -> None:
    command_line.keep(person(1))
    harm(command_line, "UPDATE events SET body = x'00'")
    command_line.run("worker", "--once")
    told = command_line.run("explain", "--id", "m1")
    assert told.code == 0
    assert told.out.startswith("Event 1: its message was damaged in the store, and cannot be read:")
    assert "m1 decided: send identified, upsert_contact" in told.out
    assert "m1 attempt 1: delivered" in told.out
    assert "  what to do: see to the disk\n" in told.out
    as_json = command_line.run("explain", "--id", "m1", "--json").json
    assert (as_json["number"], as_json["message_id"], as_json["event"]) == (1, "m1", None)
    kinds = [each["kind"] for each in as_json["journal"]]
    assert kinds == ["decision", "exchange", "attempt"]


def test_a_message_that_was_damaged_before_it_was_decided_is_dead_without_its_id(
    command_line: CommandLine,
) -> None:
    command_line.keep(b"{}")
    with closing(sqlite3.connect(command_line.folder / "sendoff.db")) as db, db:
        db.execute("INSERT INTO events(received, fallback_key, body, crc) VALUES (0, 'k', '{}', 1)")
    command_line.run("worker", "--once")
    unknown = command_line.run("explain", "--id", "m1")
    assert unknown.code == 1
    assert "`sendoff dead list --reason damaged`" in unknown.err


def test_a_secret_in_the_address_of_the_store_is_covered(
    command_line: CommandLine, person: Person
) -> None:
    text = command_line.pipeline.read_text()
    command_line.pipeline.write_text(text.replace("./sendoff.db", "./${env:FRESHDESK_API_KEY}.db"))
    command_line.keep(person(1))
    for options in ((), ("--json",)):
        recovered = command_line.run("store", "recover", *options)
        assert recovered.code == 0
        assert "***.db.damaged-" in recovered.out
        assert "sandbox-key" not in recovered.out


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
