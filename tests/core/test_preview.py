"""What a preview decides about lines: the same as a run, told apart by line numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import pytest

from sendoff.blueprint.document import read_blueprint
from sendoff.blueprint.program import compile_program
from sendoff.blueprint.trace import Trace
from sendoff.blueprint.transforms import builtin_transforms
from sendoff.destination import Action, Connection, Destination
from sendoff.documents import read_document
from sendoff.errors import InvalidEvent
from sendoff.event import content_digest
from sendoff.preview import Preview
from sendoff.router import Route, Router
from sendoff.sources import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.http import Http

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BLUEPRINT = """
apiVersion: sendoff/v1
kind: Blueprint
name: parcel/test
version: 1
destination: parcel
require:
  identity: {any: [user_id]}
fields:
  who: {from: [traits.name]}
rules:
  - id: posted
    when: {event: [Posted, Identified]}
    action: post
"""


class Parcel(Destination):
    name: ClassVar[str] = "parcel"
    title: ClassVar[str] = "Parcel"
    settings: ClassVar[Mapping[str, Any]] = {"type": "object"}
    actions: ClassVar[Mapping[str, Action]] = {
        "post": Action(
            "post",
            "Post",
            {
                "type": "object",
                "required": ["who"],
                "properties": {"who": {"type": "string", "maxLength": 8}},
                "additionalProperties": False,
            },
        )
    }

    def account(self, settings: Mapping[str, Any]) -> str:
        raise NotImplementedError

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        raise NotImplementedError


def router(*names: str) -> Router:
    blueprint = read_blueprint(read_document(BLUEPRINT, "parcel.yaml"))
    program = compile_program(blueprint, Parcel(), builtin_transforms(), {})
    return Router([Route(name, Parcel(), program) for name in names or ("post",)])


@pytest.fixture
def preview() -> Preview:
    return Preview(router(), {}, lambda: NOON)


def event(message_id: str | None = "m1", **more: Any) -> dict[str, Any]:
    named = {} if message_id is None else {"messageId": message_id}
    return {"type": "identify", "userId": "u1", "traits": {"name": "Ann"}, **named, **more}


def line(number: int, content: Any, key: str = "") -> Line:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Line(number, body, key)


def records(preview: Preview, one: Line) -> list[dict[str, Any]]:
    """As they are printed: keys in their order, and the payload read again."""
    encoded = (msgspec.json.encode(record) for record in preview.decide(one).records())
    return [json.loads(each) for each in encoded]


def test_a_line_that_is_sent_tells_rule_action_payload_and_delivery(preview: Preview) -> None:
    [record] = records(preview, line(1, event()))
    assert list(record) == [
        "line", "message_id", "route", "decision", "rule", "action", "payload", "delivery_id",
        "warnings",
    ]  # fmt: skip
    assert record["payload"] == {"who": "Ann"}
    assert record["delivery_id"]
    del record["payload"], record["delivery_id"]
    assert record == {
        "line": 1, "message_id": "m1", "route": "post", "decision": "send", "rule": "posted",
        "action": "post", "warnings": [],
    }  # fmt: skip


def test_a_dropped_line_tells_its_reason(preview: Preview) -> None:
    [record] = records(preview, line(2, event(userId=None)))
    assert record == {
        "line": 2, "message_id": "m1", "route": "post", "decision": "drop", "reason": "anonymous",
        "detail": "no value at user_id", "warnings": [],
    }  # fmt: skip


def test_a_dead_line_tells_its_reason(preview: Preview) -> None:
    [record] = records(preview, line(3, event(traits={"name": "much too long"})))
    assert (record["decision"], record["reason"]) == ("dead", "invalid_payload")
    assert list(record) == [
        "line", "message_id", "route", "decision", "reason", "detail", "warnings",
    ]  # fmt: skip


def test_a_line_that_is_no_event_has_neither_route_nor_message_id(preview: Preview) -> None:
    decided = preview.decide(line(7, b"not JSON"))
    assert isinstance(decided.event, InvalidEvent)
    [record] = records(preview, line(7, b"not JSON"))
    assert record.pop("detail").startswith("$: not JSON")
    assert record == {
        "line": 7, "route": None, "decision": "dead", "reason": "invalid_event", "warnings": [],
    }  # fmt: skip


def test_a_repetition_names_the_line_it_repeats(preview: Preview) -> None:
    preview.decide(line(3, event()))
    [record] = records(preview, line(9, event()))
    assert record == {
        "line": 9, "message_id": "m1", "route": None, "decision": "duplicate",
        "detail": "same as line 3",
    }  # fmt: skip


def test_every_repetition_names_the_first_line(preview: Preview) -> None:
    details = [preview.decide(line(n, event())).decisions[0].detail for n in (1, 2, 3)]
    assert details[1:] == ["same as line 1", "same as line 1"]


def test_a_message_id_with_another_content_is_a_new_event(preview: Preview) -> None:
    preview.decide(line(1, event()))
    [changed] = records(preview, line(2, event(traits={"name": "Bob"})))
    [again] = records(preview, line(3, event(traits={"name": "Bob"})))
    assert changed["decision"] == "send"
    assert changed["warnings"] == ["reused_message_id"]
    assert again["detail"] == "same as line 2"


def test_lines_without_a_message_id_are_never_repetitions(preview: Preview) -> None:
    nameless = event(message_id=None)
    decided = [records(preview, line(n, nameless, f"content:x:{n}"))[0] for n in (1, 2)]
    assert [each["decision"] for each in decided] == ["send", "send"]
    assert decided[0]["message_id"] is None
    assert decided[0]["delivery_id"] != decided[1]["delivery_id"]


def test_a_message_id_like_an_invalid_lines_key_changes_nothing(preview: Preview) -> None:
    key = f"invalid:content:{content_digest(b'[]').hex()}"
    preview.decide(line(1, event(message_id=key)))
    assert preview.decide(line(2, b"[]")).decisions[0].reason == "invalid_event"


def test_a_line_with_a_message_id_that_is_no_event_may_be_a_repetition(preview: Preview) -> None:
    shout = b'{"type": "shout", "messageId": "m1"}'
    decided = [records(preview, line(n, body))[0] for n, body in enumerate([shout, b"[]"] * 2, 1)]
    assert [each["decision"] for each in decided] == ["dead", "dead", "duplicate", "dead"]
    assert decided[2]["detail"] == "same as line 1"


def test_each_route_decides_in_order() -> None:
    preview = Preview(router("one", "two"), {}, lambda: NOON)
    decided = records(preview, line(1, event()))
    assert [each["route"] for each in decided] == ["one", "two"]


def test_only_so_many_events_are_compared_with() -> None:
    preview = Preview(router(), {}, lambda: NOON, keys_kept=1)
    for number, message_id in ((1, "a"), (2, "b")):
        preview.decide(line(number, event(message_id)))
    assert preview.decide(line(3, event("a"))).decisions[0].verdict == "send"
    assert preview.decide(line(4, event("a"))).decisions[0].verdict == "duplicate"


def test_lines_without_a_message_id_take_no_place_among_them() -> None:
    preview = Preview(router(), {}, lambda: NOON, keys_kept=1)
    preview.decide(line(1, event("a")))
    preview.decide(line(2, event(message_id=None), "content:x:1"))
    assert preview.decide(line(3, event("a"))).decisions[0].verdict == "duplicate"


def test_an_explained_line_is_decided_alike_and_leaves_its_steps(preview: Preview) -> None:
    trace = Trace()
    explained = preview.explain(line(1, event()), trace)
    decided = Preview(router(), {}, lambda: NOON).decide(line(1, event()))
    assert list(explained.records()) == list(decided.records())
    [route] = trace.entries
    assert (route["step"], route["name"]) == ("route", "post")
    assert {step["step"] for step in route["steps"]} == {"identity", "rule", "field"}


def test_a_line_that_is_passed_by_is_known_afterwards(preview: Preview) -> None:
    preview.pass_by(line(1, event()))
    trace = Trace()
    explained = preview.explain(line(2, event()), trace)
    assert explained.decisions[0].detail == "same as line 1"
    assert trace.entries == []


def test_categories_of_consent_are_mapped() -> None:
    preview = Preview(router(), {"C4": "marketing"}, lambda: NOON)
    given = event(context={"consent": {"categoryPreferences": {"C4": True}}})
    decided = preview.decide(line(1, given))
    assert not isinstance(decided.event, InvalidEvent)
    assert decided.event.consent["marketing"] is True


def test_an_event_arrives_when_it_is_decided(preview: Preview) -> None:
    decided = preview.decide(line(1, event()))
    assert not isinstance(decided.event, InvalidEvent)
    assert decided.event.received_at == "2026-03-01T12:00:00.000Z"
