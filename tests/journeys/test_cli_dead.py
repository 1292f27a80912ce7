"""`sendoff dead`: what could not be sent is found, understood, and sent after all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journeys.conftest import CommandLine

    Person = Callable[..., dict[str, Any]]

MISTAKEN = """
apiVersion: sendoff/v1
kind: Blueprint
name: people
version: 1
destination: freshdesk
fields: {name: traits.fullname, email: traits.email, unique_external_id: user_id}
rules: [{id: everybody, when: {type: identify}, action: upsert_contact}]
"""
MANY = 500


@pytest.fixture
def mistaken(command_line: CommandLine) -> CommandLine:
    """With a blueprint that looks for the name where it is not."""
    (command_line.folder / "people.yaml").write_text(MISTAKEN)
    text = command_line.pipeline.read_text()
    command_line.pipeline.write_text(text.replace("freshdesk/default", "./people.yaml"))
    return command_line


def test_what_died_of_a_mistake_in_a_blueprint_is_delivered_once_it_is_corrected(
    mistaken: CommandLine, person: Person
) -> None:
    mistaken.keep(*map(person, range(MANY)))
    dry = mistaken.run("dead", "replay", "--remap")
    assert (dry.code, dry.err) == (1, "nothing was changed: --yes does it\n")
    assert ["support", "missing_field", "everybody", str(MANY)] == dry.out.split()[-4:]
    (mistaken.folder / "people.yaml").write_text(MISTAKEN.replace("fullname", "name"))
    replayed = mistaken.run("dead", "replay", "--remap", "--yes")
    assert (replayed.code, replayed.out) == (0, f"{MANY} will be sent\n")
    assert "`sendoff worker`" in replayed.err
    worked = mistaken.run("worker", "--once", "--json")
    assert worked.code == 0
    assert worked.json["routes"]["support"]["delivered"] == MANY
    assert mistaken.desk.requests.by_status == {201: MANY}
    again = mistaken.run("dead", "replay", "--remap", "--yes")
    assert (again.code, again.out) == (0, "nothing is dead that fits\n")


def test_the_dead_are_counted_and_listed_and_shown(mistaken: CommandLine, person: Person) -> None:
    mistaken.keep(*map(person, range(30)), b"not JSON")
    listed, as_json, few, invalid = (
        mistaken.run("dead", "list"),
        mistaken.run("dead", "list", "--json"),
        mistaken.run("dead", "list", "--json", "-n", "3", "--reason", "missing_field"),
        mistaken.run("dead", "show", "event", "31"),
    )
    assert listed.code == 0
    assert "the oldest 20 of 31" in listed.out
    assert (len(as_json.lines), len(few.lines)) == (31, 3)
    assert "what to do: correct the line where it is made" in invalid.out
    first = as_json.lines[0]
    assert (first["route"], first["reason"], first["message_id"]) == (
        "support", "missing_field", "m0",
    )  # fmt: skip
    masked, clear, whole, unknown = (
        mistaken.run("dead", "show", first["id"]),
        mistaken.run("dead", "show", first["id"], "--clear"),
        mistaken.run("dead", "show", first["id"], "--json"),
        mistaken.run("dead", "show", "no-such-id"),
    )
    assert masked.out.startswith("Dead on support (missing_field): name: is required")
    assert "person.0@example.com" not in masked.out
    assert "person.0@example.com" in clear.out
    assert whole.json["event"]["traits"]["email"] == "person.0@example.com"
    assert (unknown.code, unknown.out) == (1, "")
    assert "nothing dead is called no-such-id" in unknown.err


def test_what_the_destination_refused_is_sent_again_as_it_was(
    command_line: CommandLine, person: Person
) -> None:
    events = command_line.events(person(1, company_id=42))
    assert (command_line.run("run", events)).code == 1
    replayed = command_line.run("dead", "replay", "--reason", "invalid_request", "--yes")
    assert (replayed.code, replayed.out) == (0, "1 will be sent\n")
    worked = command_line.run("worker", "--once")
    assert worked.code == 1
    assert "dead on support: invalid_request (1), such as an earlier event (m1)" in worked.out
    assert command_line.desk.requests.by_status == {400: 2}


def test_what_has_no_payload_is_left_by_a_plain_replay_and_can_be_discarded(
    mistaken: CommandLine, person: Person
) -> None:
    mistaken.keep(person(1), person(2))
    left = mistaken.run("dead", "replay", "--yes")
    assert left.code == 1
    assert left.out == "2 left: there is nothing to send: correct what is wrong, then --remap\n"
    kept = mistaken.run("dead", "discard", "--older", "1h", "--yes", "--json")
    assert (kept.code, kept.json["done"]["discarded"]) == (0, 0)
    gone = mistaken.run("dead", "discard", "--newer", "1h", "--yes")
    assert (gone.code, gone.out) == (0, "2 discarded\n")
    assert (mistaken.run("status", "--json")).json["routes"]["support"]["dead"] == {}


def test_lines_that_are_no_events_are_dead_once_however_often_they_are_read(
    command_line: CommandLine, person: Person
) -> None:
    shout, cry = ({"type": kind, "messageId": "m-1"} for kind in ("shout", "cry"))
    garbled = '{"type": "shout", "messageId": "m-\udcff"}'.encode(errors="surrogateescape")
    events = command_line.events(shout, cry, "not JSON", "not JSON", person("ada"))
    with (command_line.folder / events).open("ab") as file:
        file.write(garbled)
    first, second = (command_line.run("run", events, "--json").json for _ in range(2))
    assert (first["events"], first["invalid"], first["duplicates"]) == (6, 5, 0)
    assert (second["events"], second["invalid"], second["duplicates"]) == (6, 0, 6)
    listed = command_line.run("dead", "list", "--json").lines
    assert [each["reason"] for each in listed] == ["invalid_event"] * 5


@pytest.mark.parametrize(
    "command", ["list", "list --json", "show", "replay", "replay --yes", "discard --yes"]
)
def test_an_id_of_nothing_dead_is_told_beside_what_becomes_of_the_others(
    command: str, mistaken: CommandLine, person: Person
) -> None:
    mistaken.keep(person(1), b"not JSON")
    unknown = mistaken.run("dead", *command.split(), "nobodys")
    assert (unknown.code, unknown.out) == (1, "")
    assert "nothing dead is called nobodys (`sendoff dead list` has the ids)" in unknown.err
    some = mistaken.run("dead", *command.split(), "event", "2", "nobodys")
    assert some.code == 1
    assert some.out
    assert "nothing dead is called nobodys" in some.err


def test_an_id_that_another_option_leaves_out_is_no_mistake(
    mistaken: CommandLine, person: Person
) -> None:
    mistaken.keep(person(1), b"not JSON")
    left_out = mistaken.run("dead", "list", "event", "2", "--reason", "missing_field")
    assert (left_out.code, left_out.out) == (0, "nothing is dead that fits\n")


@pytest.mark.parametrize("command", ["dead list", "dead replay --json", "tail --once"])
def test_a_route_that_the_file_has_not_is_told_since_the_store_may_know_it(
    command: str, command_line: CommandLine
) -> None:
    done = command_line.run(*command.split(), "--route", "suport\x1b")
    assert done.code == 0
    said = "note: sendoff.yaml has no route `suport\\x1b` (did you mean `support`?)\n"
    assert done.err == said
    assert not command_line.run(*command.split(), "--route", "support").err


def test_a_duration_that_is_none_is_a_usage_error(command_line: CommandLine) -> None:
    done = command_line.run("dead", "list", "--newer", "soon")
    assert (done.code, done.out) == (2, "")
    assert "--newer: `soon` is no duration" in done.err
