from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.errors import InvalidEvent
from sendoff.event import PURPOSES, Event, to_bytes

RECEIVED = datetime(2026, 1, 2, 3, 4, 6, 789000, tzinfo=UTC)

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = [
    "type", "event", "name", "category", "userId", "user_id", "anonymousId", "anonymous_id",
    "groupId", "group_id", "previousId", "messageId", "message_id", "timestamp",
    "originalTimestamp", "original_timestamp", "receivedAt", "traits", "properties", "context",
    "integrations",
]  # fmt: skip
CONTEXT_KEYS = ["traits", "consent", "consentManagement", "groupId", "sessionId", "session_id"]
contexts = st.dictionaries(st.sampled_from(CONTEXT_KEYS), values, max_size=4)
messages = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), values, max_size=6).flatmap(
    lambda message: st.builds(
        lambda more: message | more,
        st.fixed_dictionaries(
            {"type": st.just("track")},
            optional={
                "event": st.text(max_size=8),
                "context": contexts,
                "traits": st.dictionaries(st.text(max_size=4), scalars, max_size=3),
                "properties": st.none(),
                "userId": st.text(max_size=4) | st.integers(),
            },
        ),
    )
)
objects = st.dictionaries(st.text(max_size=6), values, max_size=3)
ids = st.text(max_size=6) | st.none()
plain_messages = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "identify", "page", "screen", "group", "alias"])},
    optional={
        "event": st.text(min_size=1, max_size=8),
        "name": st.text(max_size=8),
        "userId": ids,
        "anonymousId": ids,
        "groupId": ids,
        "previousId": ids,
        "messageId": ids,
        "timestamp": st.none() | st.integers() | st.text(max_size=8),
        "originalTimestamp": st.datetimes().map(datetime.isoformat),
        "traits": objects,
        "properties": objects,
        "context": objects | contexts,
        "integrations": st.dictionaries(st.text(max_size=4), st.booleans() | objects, max_size=3),
        "sentAt": st.text(max_size=4),
    },
)


def read(message: Any, **more: Any) -> Event:
    return Event.from_message(message, received_at=RECEIVED, **more)


def outcome(message: dict[str, Any] | bytes) -> object:
    try:
        return read(message).describe()
    except InvalidEvent as error:
        return str(error)


@given(st.binary() | st.text(max_size=40))
def test_no_bytes_raise_anything_but_invalid_event(message: bytes | str) -> None:
    with pytest.raises(InvalidEvent):
        read(message)


@given(messages, st.integers(0, 400), st.binary(min_size=1, max_size=3))
def test_no_damaged_message_raises_anything_but_invalid_event(
    message: dict[str, Any], at: int, damage: bytes
) -> None:
    whole = json.dumps(message).encode()
    at %= len(whole)
    try:
        event = read(whole[:at] + damage + whole[at + len(damage) :])
    except InvalidEvent:
        return
    event.describe()


@given(messages)
def test_a_track_message_is_an_event_of_the_one_shape_or_invalid(message: dict[str, Any]) -> None:
    try:
        event = read(json.dumps(message).encode())
    except InvalidEvent:
        return
    described = event.describe()
    assert json.loads(json.dumps(described)) == described
    assert tuple(described["consent"]) == PURPOSES
    for time in (event.timestamp, event.received_at):
        assert datetime.fromisoformat(time).utcoffset() == timedelta(0)
        assert len(time) == len("2026-01-02T03:04:05.678Z")
    for name in ("user_id", "anonymous_id", "group_id", "message_id", "account_id", "session_id"):
        text = described[name]
        assert text is None or (isinstance(text, str) and text.strip() != "")


@given(messages)
def test_a_mapping_is_read_as_the_bytes_it_is_stored_as_and_never_changed(
    message: dict[str, Any],
) -> None:
    before = copy.deepcopy(message)
    assert outcome(message) == outcome(to_bytes(message))
    assert message == before


@given(plain_messages)
def test_the_fast_reading_and_the_careful_one_agree(message: dict[str, Any]) -> None:
    # A blank snake_case id has no value, but no plain message has the key.
    assert outcome(message) == outcome(message | {"user_id": ""})


@given(plain_messages)
def test_camel_case_and_snake_case_envelopes_give_the_same_event(message: dict[str, Any]) -> None:
    snake = {
        "userId": "user_id",
        "anonymousId": "anonymous_id",
        "groupId": "group_id",
        "previousId": "previous_id",
        "messageId": "message_id",
        "originalTimestamp": "original_timestamp",
    }
    assert outcome(message) == outcome({snake.get(k, k): v for k, v in message.items()})


@pytest.mark.parametrize(
    "name", ["user_id", "anonymous_id", "group_id", "previous_id", "message_id"]
)
def test_one_snake_case_id_alone_is_read(name: str) -> None:
    assert getattr(read({"type": "alias", name: "x"}), name) == "x"


def test_a_snake_case_original_timestamp_alone_is_read() -> None:
    event = read({"type": "page", "original_timestamp": "2020-01-01"})
    assert event.timestamp == "2020-01-01T00:00:00.000Z"


@given(st.integers() | st.integers(10**4000, 10**4001), st.booleans())
def test_whole_numbers_of_any_size_survive(number: int, repaired: bool) -> None:
    event = read({"type": "page", "properties": {"n": number}, "userId": number})
    assert event.properties["n"] == number
    assert event.user_id == str(number)
    text = f'{{"type":"page","properties":{{"n":{number},"x":{"NaN" if repaired else "1"}}}}}'
    assert read(text).properties["n"] == number


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, lambda message: message.decode()])
def test_every_kind_of_buffer_is_read_alike(make: Any) -> None:
    message = '{"type":"page","userId":"Zoë"}'.encode()
    assert read(make(message)).user_id == "Zoë"


def test_what_is_neither_text_nor_a_mapping_is_no_event() -> None:
    with pytest.raises(InvalidEvent, match="NoneType"):
        read(None)


@pytest.mark.parametrize(
    "event", ["", "  \t", None, 5, ["Signed Up"]], ids=["empty", "blank", "null", "number", "list"]
)
def test_a_track_call_without_a_text_name_is_invalid(event: object) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read({"type": "track", "event": event, "userId": "u"})
    assert caught.value.path == "$.event"


def test_neither_a_user_nor_an_anonymous_id_is_still_an_event() -> None:
    event = read({"type": "page"})
    assert (event.user_id, event.anonymous_id, event.session_id) == (None, None, None)


def test_ids_stay_as_they_were_sent_and_blank_ones_are_missing() -> None:
    event = read(
        b'{"type":"group","userId":" u ","anonymousId":"","groupId":"\\tg","previousId":" ",'
        b'"messageId":"m\\n"}'
    )
    ids = (event.user_id, event.anonymous_id, event.group_id, event.previous_id, event.message_id)
    assert ids == (" u ", None, "\tg", None, "m\n")
    assert event.warnings == ()


def test_root_traits_win_over_those_in_the_context_key_by_key() -> None:
    context = {"traits": {"name": "Old", "phone": "1"}}
    event = read({"type": "track", "event": "E", "traits": {"name": "New"}, "context": context})
    assert event.traits == {"name": "New", "phone": "1"}
    assert event.context == context


def test_a_group_call_s_root_traits_are_the_group_s_alone() -> None:
    event = read({"type": "group", "groupId": "g", "traits": {"plan": "pro"}})
    assert event.traits == {}
    assert event.group_traits == {"plan": "pro"}


def test_context_traits_that_are_no_object_are_ignored_and_marked() -> None:
    event = read({"type": "identify", "traits": {"a": 1}, "context": {"traits": "John Doe"}})
    assert event.traits == {"a": 1}
    assert event.warnings == ("traits_ignored: $.context.traits",)


def test_null_context_traits_say_nothing() -> None:
    event = read({"type": "identify", "traits": {"a": 1}, "context": {"traits": None}})
    assert (event.traits, event.warnings) == ({"a": 1}, ())


def test_our_own_time_of_receipt_replaces_the_message_s() -> None:
    event = read({"type": "page", "receivedAt": "2020-01-01T00:00:00Z", "received_at": "x"})
    assert event.received_at == event.timestamp == "2026-01-02T03:04:06.789Z"


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ({"type": "track", "event": "Signed Up"}, ("signedup",)),
        ({"type": "identify"}, ("identified",)),
        ({"type": "page"}, ("pageviewed",)),
        ({"type": "screen"}, ()),
        ({"type": "group"}, ()),
        ({"type": "alias"}, ()),
    ],
)
def test_an_event_answers_to_its_folded_names(
    message: dict[str, Any], names: tuple[str, ...]
) -> None:
    assert read(message).folded_names == names


def test_a_group_call_s_account_is_its_group() -> None:
    event = read({"type": "group", "groupId": "g", "context": {"groupId": "other"}})
    assert event.account_id == "g"


def test_a_group_call_without_a_group_id_looks_where_other_calls_do() -> None:
    assert read({"type": "group", "context": {"groupId": "other"}}).account_id == "other"


def test_a_track_call_s_group_id_at_the_root_does_not_name_the_account() -> None:
    message = {"type": "track", "event": "E", "groupId": "g", "properties": {"accountId": "a"}}
    event = read(message)
    assert (event.group_id, event.account_id) == ("g", "a")


def test_a_session_is_made_of_account_user_and_half_hour_when_nobody_names_one() -> None:
    def session(**more: Any) -> str | None:
        message = {"type": "page", "userId": "u", "timestamp": "2026-01-02T03:04:05Z"}
        return read(message | more).session_id

    assert session() == session(timestamp="2026-01-02T03:29:59.999Z")
    assert session() != session(timestamp="2026-01-02T03:30:00Z")
    assert session() != session(userId="v")
    assert session() != session(context={"groupId": "g"})
    assert session(anonymousId="anon_1") == "anon_1"


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        ({"email": "a@example.com"}, ("u1", "a1", "a@example.com")),
        ({"email": ["a@example.com"]}, ("u1", "a1")),
        ({"email": ""}, ("u1", "a1")),
    ],
)
def test_people_are_looked_for_by_their_ids_and_email(
    traits: dict[str, Any], expected: tuple[str, ...]
) -> None:
    event = read({"type": "identify", "userId": "u1", "anonymousId": "a1", "traits": traits})
    assert event.people == expected


def test_the_derived_session_id_never_changes_between_versions() -> None:
    message = {"type": "page", "userId": "u", "timestamp": "2026-01-02T03:04:05Z"}
    assert read(message).session_id == "df1d267deff86268c87761beb8267c3b"


def test_the_consent_map_is_used() -> None:
    message = {"type": "page", "context": {"consent": {"categories": {"C0004": True}}}}
    assert read(message).consent["marketing"] is None
    assert read(message, consent_map={"C0004": "marketing"}).consent["marketing"] is True


def test_warnings_tell_of_everything_odd_in_any_order_of_reading() -> None:
    message = {
        "type": "page",
        "name": 7,
        "timestamp": "yesterday",
        "context": {"traits": 1, "consent": "yes", "sessionId": 1.5, "groupId": True},
        "integrations": ["All"],
    }
    expected = (
        "account_ignored: $.context.groupId",
        "consent_ignored: $.context.consent",
        "integrations_ignored: $.integrations",
        "name_ignored: $.name",
        "session_ignored: $.context.sessionId",
        "timestamp_unreadable: $.timestamp",
        "traits_ignored: $.context.traits",
    )
    assert read(message).warnings == expected
    read_late = read(message)
    assert read_late.timestamp == read_late.received_at
    assert read_late.warnings == expected


def test_a_hostile_message_makes_no_more_than_twenty_warnings() -> None:
    integrations = {f"x{number}": "odd" for number in range(100)}
    assert len(read({"type": "page", "integrations": integrations}).warnings) == 20


def test_an_event_s_repr_shows_nobody_s_data() -> None:
    event = read({"type": "identify", "messageId": "m1", "traits": {"email": "x@example.com"}})
    assert repr(event) == "<Event identify 'm1'>"
