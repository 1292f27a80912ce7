"""`sendoff tail`: the journal as it grows, while another process delivers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.journeys.conftest import CommandLine

Person = Callable[..., dict[str, Any]]


def test_it_shows_what_was_and_what_comes_until_interrupted(
    command_line: CommandLine, person: Person
) -> None:
    assert command_line.run("run", command_line.events(person(1))).code == 0
    tail = command_line.start("tail", "--json", "-n", "2", "--route", "support")
    assert tail.stdout
    before = [json.loads(tail.stdout.readline()) for _ in range(2)]
    assert [record["kind"] for record in before] == ["exchange", "attempt"]
    assert command_line.run("run", command_line.events(person(2))).code == 0
    after = [json.loads(tail.stdout.readline()) for _ in range(3)]
    assert [record["kind"] for record in after] == ["decision", "exchange", "attempt"]
    assert after[0]["message_id"] == "m2"
    tail.terminate()
    done = command_line.end_of(tail)
    assert (done.code, done.err) == (143, "")


def test_it_ends_after_what_was_when_that_is_all_that_is_asked_for(
    command_line: CommandLine, person: Person
) -> None:
    assert command_line.run("run", command_line.events(person(1), person(2))).code == 0
    done = command_line.run("tail", "--once", "-n", "1", "--json")
    assert (done.code, done.err) == (0, "")
    assert [(each["kind"], each["message_id"]) for each in done.lines] == [("attempt", "m2")]


def test_it_follows_a_worker_and_masks_what_it_shows(
    command_line: CommandLine, person: Person
) -> None:
    worker = command_line.start("worker")
    assert worker.stderr
    worker.stderr.readline()  # it delivers
    assert command_line.run("run", command_line.events(person(2))).code == 0
    tail = command_line.start("tail", "-n", "1")
    assert tail.stdout
    assert "m2 attempt 1: delivered" in tail.stdout.readline()
    odd = person(1, company_id=42) | {"messageId": "person.1@example.com"}
    assert command_line.run("run", command_line.events(odd)).code == 1
    lines = [tail.stdout.readline() for _ in range(3)]
    tail.terminate()
    worker.terminate()
    assert "support  p***@example.com decided: send identified, upsert_contact" in lines[0]
    assert "/api/v2/contacts 400 in " in lines[1]
    assert "attempt 1: refused: invalid_request" in lines[2]
    assert [command_line.end_of(each).code for each in (tail, worker)] == [143, 143]
