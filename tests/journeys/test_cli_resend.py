"""`sendoff resend`: what was delivered is sent a second time, and only when that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journeys.conftest import CommandLine

    Person = Callable[..., dict[str, Any]]

MANY = 60


def blueprint(title: str, *, require: str = "{identity: {any: [user_id]}}") -> str:
    return (
        "apiVersion: sendoff/v1\nkind: Blueprint\nname: people\nversion: 1\n"
        f"destination: freshdesk\nrequire: {require}\n"
        f"fields: {{name: traits.name, email: traits.email, unique_external_id: user_id,"
        f" job_title: {{value: {title}}}}}\n"
        "rules: [{id: everybody, when: {type: identify}, action: upsert_contact}]\n"
    )


@pytest.fixture
def mapped(command_line: CommandLine) -> CommandLine:
    """With a blueprint that says what somebody's title is."""
    (command_line.folder / "people.yaml").write_text(blueprint("before"))
    text = command_line.pipeline.read_text()
    command_line.pipeline.write_text(text.replace("freshdesk/default", "./people.yaml"))
    return command_line


def titles(command_line: CommandLine) -> list[Any]:
    users = command_line.desk.contacts.users.values()
    return [user.values["job_title"] for user in users if not user.agent]


def test_a_destination_that_lost_its_data_gets_it_again(
    mapped: CommandLine, person: Person
) -> None:
    assert mapped.run("run", mapped.events(*map(person, range(MANY)))).code == 0
    contacts = mapped.desk.contacts
    for user in [user for user in contacts.users.values() if not user.agent]:
        contacts.hard_delete(user.id, force=True)
    assert titles(mapped) == []
    (mapped.folder / "people.yaml").write_text(blueprint("after"))
    counted = mapped.run("resend", "--route", "support")
    assert (counted.code, counted.out) == (1, f"support: {MANY} can be sent again\n")
    assert counted.err == "nothing was changed: --yes does it\n"
    sent = mapped.run("resend", "--route", "support", "--yes")
    assert (sent.code, sent.out) == (0, f"{MANY} will be sent again\n")
    assert "`sendoff worker`" in sent.err
    waiting = mapped.run("resend", "--route", "support", "--yes", "--json")
    assert waiting.code == 1
    assert waiting.json == {
        "fitted": [{"route": "support", "left": "waiting", "count": MANY}], "done": None,
    }  # fmt: skip
    assert mapped.run("worker", "--once").code == 0
    assert titles(mapped) == ["before"] * MANY


def test_one_event_is_decided_anew(mapped: CommandLine, person: Person) -> None:
    assert mapped.run("run", mapped.events(person(1), person(2))).code == 0
    (mapped.folder / "people.yaml").write_text(blueprint("after"))
    sent = mapped.run("resend", "--id", "m2", "--remap", "--yes", "--json")
    assert (sent.code, sent.json["done"]["queued"]) == (0, 1)
    assert mapped.run("worker", "--once").code == 0
    assert titles(mapped) == ["before", "after"]
    (mapped.folder / "people.yaml").write_text(
        blueprint("after", require="{consent: {all: [personalization]}}")
    )
    dropped = mapped.run("resend", "--id", "m2", "--remap", "--yes")
    assert dropped.out == (
        "0 will be sent again\n1 left: the blueprint of now drops it (no_consent)\n"
    )
    explained = mapped.run("explain", "--id", "m2", "--json")
    attempts = [each for each in explained.json["journal"] if each["kind"] == "attempt"]
    assert len({each["delivery_id"] for each in attempts}) == 2


def test_what_fits_is_chosen(mapped: CommandLine, person: Person) -> None:
    assert mapped.run("run", mapped.events(*map(person, range(3)))).code == 0
    for options, count in (
        (("--person", "USR_1"), 1), (("--person", "person.2@example.com"), 1),
        (("--event", "identified"), 3), (("--event", "identify"), 3), (("--event", "page"), 0),
        (("--rule", "everybody"), 3), (("--rule", "nobody"), 0), (("--newer", "1h"), 3),
        (("--older", "1h"), 0), (("--id", "m0", "--id", "m2"), 2), (("--id", "m9"), 0),
        (("--person", "usr_1", "--newer", "1h", "--route", "support"), 1),
    ):  # fmt: skip
        counted = mapped.run("resend", *options, "--json")
        assert sum(each["count"] for each in counted.json["fitted"]) == count, options
        assert counted.code == (1 if count or "m9" in options else 0)
    assert mapped.run("resend", "--event", "page").out == "nothing that is kept fits\n"


def test_an_id_of_no_event_is_told_and_the_others_are_sent_again(
    mapped: CommandLine, person: Person
) -> None:
    assert mapped.run("run", mapped.events(person(1))).code == 0
    unknown = mapped.run("resend", "--id", "m8", "--id", "m9")
    assert (unknown.code, unknown.out) == (1, "")
    assert "the store has no event m8, m9: they never came" in unknown.err
    some = mapped.run("resend", "--id", "m1", "--id", "m9", "--yes")
    assert (some.code, some.out) == (1, "1 will be sent again\n")
    assert "the store has no event m9: it never came" in some.err


def test_what_was_not_sent_or_is_dead_is_left_with_its_reason(
    command_line: CommandLine, person: Person
) -> None:
    silent = person(2) | {"context": {}}
    events = command_line.events(person(1, company_id=42), silent)
    assert command_line.run("run", events).code == 1
    done = command_line.run("resend", "--id", "m1", "--id", "m2", "--yes")
    assert done.code == 1
    assert done.out == (
        "support: 1 left: is dead: `sendoff dead replay`\n"
        "support: 1 left: was not sent: `sendoff explain` says why\n"
    )


def test_who_has_said_no_since_is_skipped(command_line: CommandLine, person: Person) -> None:
    assert command_line.run("run", command_line.events(person(1))).code == 0
    refusal = person(1) | {
        "messageId": "no", "context": {"consent": {"canonical": {"marketing": False}}}
    }  # fmt: skip
    assert command_line.run("run", command_line.events(refusal)).code == 0
    assert command_line.run("resend", "--id", "m1", "--yes").code == 0
    worked = command_line.run("worker", "--once", "--json")
    assert worked.json["routes"]["support"]["skipped"] == 1
    assert command_line.desk.requests.by_status == {201: 1}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "say what to send again"), (("--route", "suport"), "there is no route `suport`"),
        (("--newer", "soon"), "--newer: `soon` is no duration"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_usage_error(
    command_line: CommandLine, options: tuple[str, ...], said: str
) -> None:
    done = command_line.run("resend", *options)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
