"""`sendoff status`, and what `run` leaves in a store that lasts and takes up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journeys.conftest import CommandLine

    Person = Callable[..., dict[str, Any]]


def test_the_same_file_twice_sends_nothing_twice(command_line: CommandLine, person: Person) -> None:
    events = command_line.events(person(1), person(2))
    first = command_line.run("run", events, "--json")
    again = command_line.run("run", events, "--json")
    assert (first.code, again.code) == (0, 0)
    assert first.json["routes"]["support"]["delivered"] == 2
    assert again.json == {
        "events": 2, "invalid": 0, "duplicates": 2,
        "routes": {"support": counts()}, "resumed": {
            "events": 0, "invalid": 0, "duplicates": 0, "routes": {"support": counts()},
        },
    }  # fmt: skip
    assert command_line.desk.requests.by_status.total() == 2


def test_what_a_run_left_waiting_is_told_and_taken_up_by_the_next(
    command_line: CommandLine, person: Person
) -> None:
    command_line.key("wrong-key-0123")
    left = command_line.run("run", command_line.events(person(1), person(2)))
    assert left.code == 4
    assert "kept in sqlite:./sendoff.db; `sendoff worker` goes on" in left.out
    status = command_line.run("status")
    assert status.code == 4
    assert "held since" in status.out
    assert "credentials_refused" in status.out
    assert "no process delivers now: `sendoff worker` does" in status.out
    assert max(map(len, status.out.splitlines()[2:])) <= 80
    command_line.key("sandbox-key")
    next_run = command_line.run("run", command_line.events(person(3)), "--json")
    assert (next_run.code, next_run.err) == (
        0, "note: deliveries of before that waited go on: 2\n"
    )  # fmt: skip
    assert next_run.json["routes"]["support"] == counts(deliveries=1, delivered=1)
    resumed = next_run.json["resumed"]["routes"]["support"]
    assert resumed == counts(deliveries=2, delivered=2) | {"resumed": 2}
    after = command_line.run("status", "--json")
    assert after.code == 0
    route = after.json["routes"]["support"]
    assert (route["delivered"], route["held"]) == (3, None)


def test_it_needs_no_secret_and_a_store_that_lasts(command_line: CommandLine) -> None:
    command_line.key(None)
    empty = command_line.run("status", "--json")
    assert (empty.code, empty.err) == (0, "")
    store = empty.json["store"]
    assert store["file"] == str(command_line.folder / "sendoff.db")
    assert (store["open"], store["owner"]) == (False, None)
    text = command_line.pipeline.read_text()
    command_line.pipeline.write_text(text.replace("sqlite:./sendoff.db", "memory"))
    memory = command_line.run("status")
    assert memory.code == 2
    assert memory.err.startswith("error: `store: memory` holds nothing once a command has ended")


def test_who_looks_into_a_store_that_is_not_there_makes_none(command_line: CommandLine) -> None:
    before = set(command_line.folder.iterdir())
    looks = {
        asked: command_line.run(*asked.split())
        for asked in ("status", "dead list", "tail --once", "explain --id m1", "resend --id m1")
    }
    assert "sendoff.db\n  is not there yet: nothing was kept\n" in looks["status"].out
    assert {asked: look.code for asked, look in looks.items()} == {
        "status": 0, "dead list": 0, "tail --once": 0, "explain --id m1": 1, "resend --id m1": 1,
    }  # fmt: skip
    assert set(command_line.folder.iterdir()) == before


def test_it_works_while_another_process_has_the_store_open(
    command_line: CommandLine, person: Person
) -> None:
    command_line.key("wrong-key-0123")
    command_line.keep(person(1), person(2, name="", email=""))
    worker = command_line.start("worker")
    assert worker.stderr
    while "held" not in worker.stderr.readline():
        pass
    status = command_line.run("status", "--json")
    worker.terminate()
    assert command_line.end_of(worker).code == 143
    assert status.code == 4
    store = status.json["store"]
    assert (store["open"], store["owner"]) == (True, worker.pid)
    route = status.json["routes"]["support"]
    assert (route["waiting"]["due"], route["dead"]) == (1, {"missing_field": 1})
    assert route["held"]["reason"] == "credentials_refused"


def test_one_event_is_explained_by_its_message_id(
    command_line: CommandLine, person: Person
) -> None:
    command_line.run("run", command_line.events(person(1), person(2)))
    told, unknown, both = (
        command_line.run("explain", "--id", "m2"),
        command_line.run("explain", "--id", "m9"),
        command_line.run("explain", "--id", "m2", "events.ndjson"),
    )
    assert told.code == 0
    assert told.out.startswith("Event 2, received ")
    assert "m2 decided: send identified, upsert_contact" in told.out
    assert "m2 attempt 1: delivered" in told.out
    assert "/api/v2/contacts 201 in " in told.out
    assert "By the blueprints of now:\nWould be sent to support" in told.out
    assert "person.2@example.com" not in told.out
    assert (unknown.code, both.code) == (1, 2)
    assert "the store has no event m9: it never came, or is no longer kept" in unknown.err


def test_an_id_that_may_be_of_a_message_that_could_not_be_read_says_where_that_is(
    command_line: CommandLine,
) -> None:
    command_line.keep(b'{"type": "shout", "messageId": "m1"}')
    unknown = command_line.run("explain", "--id", "m1")
    assert (unknown.code, unknown.out) == (1, "")
    assert "it is dead and could not be read: `sendoff dead list --reason invalid_" in unknown.err


@pytest.mark.parametrize("address", ["sqlite:", "sqlite::memory:", "sqlite:."])
def test_doctor_tells_of_routes_though_the_store_is_no_file(
    address: str, command_line: CommandLine
) -> None:
    text = command_line.pipeline.read_text()
    command_line.pipeline.write_text(
        text.replace("store: sqlite:./sendoff.db", f'store: "{address}"')
    )
    told = command_line.run("doctor", "--json")
    assert told.code == 1
    assert told.json["routes"]["support"]
    assert told.json["store_trouble"]


@pytest.mark.parametrize("command", [("doctor", "--json"), ("status",), ("status", "--json")])
def test_a_secret_in_the_address_of_the_store_is_covered(
    command: tuple[str, ...], command_line: CommandLine
) -> None:
    text = command_line.pipeline.read_text()
    command_line.pipeline.write_text(text.replace("./sendoff.db", "./${env:FRESHDESK_API_KEY}.db"))
    told = command_line.run(*command)
    assert told.code == 0
    assert "***.db" in told.out
    assert "sandbox-key" not in told.out + told.err


def counts(**more: Any) -> dict[str, Any]:
    """A route of `run --json` where nothing happened but this."""
    nothing = {"dropped": {}, "deliveries": 0, "delivered": 0, "skipped": 0, "dead": 0,
               "waiting": 0, "held": None}  # fmt: skip
    return nothing | more
