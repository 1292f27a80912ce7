from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.errors import UsageError
from sendoff.mask import CLASSES, LONGEST, Masker

masker = Masker(CLASSES)

EVENT: dict[str, Any] = {
    "type": "track",
    "event": "Signed Up",
    "messageId": "6b7f0b0e-0123-4567-8901-123456789012",
    "timestamp": "2026-01-02T14:00:00.000Z",
    "userId": "john.doe@example.com",
    "traits": {
        "email": "john.doe@example.com",
        "first_name": "John",
        "name": "John Doe",
        "phone": "07700 900123",
        "address": {"street": "1 High Street", "country": "GB", "verified": True},
        "title": "CTO",
        "email_verified": True,
    },
    "context": {"ip": "203.0.113.9", "library": {"name": "analytics.js", "version": "2.1"}},
    "properties": {"createdAt": 1767362400000, "plan": "pro", "nothing": None},
}

MASKED: dict[str, Any] = EVENT | {
    "userId": "j***@example.com",
    "traits": {
        "email": "j***@example.com",
        "first_name": "J***",
        "name": "J***",
        "phone": "***23",
        "address": {"street": "***", "country": "***", "verified": True},
        "title": "CTO",
        "email_verified": True,
    },
    "context": {"ip": "203.***", "library": {"name": "analytics.js", "version": "2.1"}},
}


def test_an_event_stays_recognisable_and_the_person_does_not() -> None:
    before = json.dumps(EVENT)
    assert masker.value(EVENT) == MASKED
    assert json.dumps(EVENT) == before


def test_json_text_is_masked_as_a_value() -> None:
    assert json.loads(masker.text(json.dumps(EVENT))) == MASKED
    assert json.loads(masker.text(json.dumps(EVENT, indent=2))) == MASKED


def test_each_line_of_json_is_masked_as_a_value() -> None:
    lines = f"{json.dumps(EVENT)}\n{json.dumps(EVENT)}"
    assert [json.loads(line) for line in masker.text(lines).split("\n")] == [MASKED, MASKED]


def test_json_that_was_cut_off_is_masked_by_its_keys() -> None:
    cut = (
        '{"name": "John Doe", "phone": 447700900123, "email": "jo\\"hn@example.com", "surname": "Do'
    )
    shown = masker.text(cut)
    assert shown == '{"name": "J***", "phone": ***23, "email": "j***", "surname": "***'


@given(st.integers(0, len(json.dumps(EVENT))))
def test_no_cut_gives_the_person_away(length: int) -> None:
    shown = masker.text(json.dumps(EVENT)[:length])
    assert not any(part in shown for part in ("ohn", "Doe", "doe", "7700", "High", "113.9"))


@pytest.mark.parametrize(
    ("key", "value", "masked"),
    [
        ("Email", "John.Doe@Example.com", "J***@Example.com"),
        ("email_address", "john@example.com", "j***@example.com"),
        ("email", "John Doe <john@example.com>", "J***"),
        ("other_emails", ["a.b@example.com"], ["a***@example.com"]),
        ("mobile", 447700900123, "***23"),
        ("work-phone", "5", "***5"),
        ("phone", {"home": "020 7946 0123"}, {"home": "***23"}),
        ("firstName", "John", "J***"),
        ("name", {"first": "John", "last": "Doe"}, {"first": "J***", "last": "D***"}),
        ("traits.last_name", "Doe", "D***"),
        ("address.country", "GB", "***"),
        ("postal_code", 90210, "***"),
        ("ip_address", "2001:db8::7", "2001:***"),
        ("ip", "unknown", "***"),
        ("remote_addr", "127.0.0.1", "127.0.0.1"),
        ("name", "", ""),
        ("name", None, None),
        ("mobile", True, True),
    ],
)
def test_a_key_decides_over_what_stands_under_it(key: str, value: Any, masked: Any) -> None:
    assert masker.value({key: value}) == {key: masked}


@pytest.mark.parametrize("thing", ["library", "app", "os", "campaign", "Product"])
def test_the_name_of_a_thing_stays(thing: str) -> None:
    value = {thing: {"name": "Pricing"}, f"{thing}.name": "Pricing"}
    assert masker.value(value) == value


def test_the_name_of_a_page_stays() -> None:
    page = {"type": "page", "name": "Pricing", "traits": {"name": "John"}}
    assert masker.value(page) == page | {"traits": {"name": "J***"}}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail o'brien+x@example.co.uk!", "mail o***@example.co.uk!"),
        ("j@example.com,k@example.com", "j***@example.com,k***@example.com"),
        ("no phone +44 7700 900123.", "no phone ***23."),
        ("(415) 555-0132 or 07700 900123", "***32 or ***23"),
        ("from 192.0.2.7:8080", "from 192.***:8080"),
        ("from 2001:db8::1, ::1 and 127.0.0.1.", "from 2001:***, ::1 and 127.0.0.1."),
        (
            "/contacts?email=john.doe%40example.com&phone=%2B447700900123&first_name=John+Doe",
            "/contacts?email=j***@example.com&phone=***23&first_name=J***",
        ),
    ],
)
def test_personal_data_is_found_in_running_text(text: str, masked: str) -> None:
    assert masker.text(text) == masked
    assert masker.value([text]) == [masked]


@pytest.mark.parametrize(
    "text",
    [
        "6b7f0b0e-0123-4567-8901-123456789012",
        "01234567-0123-4567-8901-123456789012",
        "2026-01-02T14:00:00+01:30",
        "01-02-2026 14:00:00",
        "1767362400000",
        "12:30:45",
        "aa:bb:cc:dd:ee:ff",
        "pkg@1.2.3",
        "status 400, 12 of 345",
        "",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert masker.text(text) == text


def test_a_key_that_is_personal_data_is_masked() -> None:
    assert masker.value({"john@example.com": 1}) == {"j***@example.com": 1}


@pytest.mark.parametrize(
    ("one", "rest"),
    [
        ("email", {"phone", "first_name", "address", "ip"}),
        ("address", {"email", "phone", "first_name", "ip", "email_address", "ip_address"}),
        ("ip", {"email", "phone", "first_name", "address"}),
    ],
)
def test_a_class_that_is_not_named_is_shown(one: str, rest: set[str]) -> None:
    shown = Masker([one]).value(dict.fromkeys({*rest, one}, "John"))
    assert {key for key, value in shown.items() if value == "John"} == rest


def test_without_classes_nothing_is_masked() -> None:
    assert Masker([]).value(EVENT) == EVENT
    assert Masker([]).text('{"email":  "a@example.com"}') == '{"email":  "a@example.com"}'


def test_an_unknown_class_is_told() -> None:
    with pytest.raises(UsageError, match=r"called mail, post: use email, phone"):
        Masker(["post", "email", "mail"])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(json_values)
def test_masking_again_changes_nothing_and_the_shape_stays(value: Any) -> None:
    masked = masker.value(value)
    assert type(masked) is type(value)
    assert masker.value(masked) == masked


@given(st.text())
def test_any_text_can_be_masked(text: str) -> None:
    masker.text(text)
    masker.text('{"' + text)


def test_a_text_of_a_megabyte_of_quotes_is_cut_and_not_searched_to_its_end() -> None:
    shown = Masker(["email"]).value({"title": '"' + '\\"' * 300_000})
    assert len(shown["title"]) == LONGEST + 1


def test_quotes_of_quotes_are_looked_through_once() -> None:
    masker = Masker(["email"])
    texts = ['"' + '\\"' * 990, '"a":1 "' + '\\"' * 990, '"\\' * 990]
    before = time.process_time()
    for text in texts * 20:
        masker.value(text)
    assert time.process_time() - before < 0.3


def test_a_key_behind_a_backslash_that_ends_a_text_is_a_key() -> None:
    shown = Masker(["email", "name"]).value('at "C:\\\\","name":"John Doe"')
    assert shown == 'at "C:\\\\","name":"J***"'
