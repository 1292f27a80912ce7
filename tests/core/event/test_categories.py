"""The category of a page or screen, wherever an SDK put it."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sendoff.event import Event

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def read(**message: Any) -> Event:
    return Event.from_message(json.dumps({"userId": "u"} | message).encode(), received_at=NOW)


@pytest.fixture(params=["plain", "another dialect"])
def envelope(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What makes a message be read in one of the two ways there are."""
    return {} if request.param == "plain" else {"user_id": "u", "userId": None}


@pytest.mark.parametrize("type_", ["page", "screen"])
@pytest.mark.parametrize(
    ("properties", "expected"),
    [({}, {"category": "Docs"}), (None, {"category": "Docs"}),
     ({"tab": 1}, {"tab": 1, "category": "Docs"}),
     ({"category": None}, {"category": "Docs"}), ({"category": " "}, {"category": "Docs"}),
     ({"category": "Own"}, {"category": "Own"}), ({"category": 0}, {"category": 0})],
)  # fmt: skip
def test_it_is_a_property_where_the_properties_have_none(
    envelope: dict[str, Any], type_: str, properties: Any, expected: Any
) -> None:
    event = read(**envelope, type=type_, category="Docs", properties=properties)
    assert (event.properties, event.warnings) == (expected, ())


@pytest.mark.parametrize("blank", [None, "", " \n"])
def test_a_blank_one_is_none(envelope: dict[str, Any], blank: Any) -> None:
    event = read(**envelope, type="page", category=blank, properties={"tab": 1})
    assert (event.properties, event.warnings) == ({"tab": 1}, ())


@pytest.mark.parametrize("odd", [7, True, ["Docs"], {"name": "Docs"}], ids=str)
def test_one_that_is_no_text_is_left_out_and_marked(odd: Any) -> None:
    event = read(type="page", category=odd)
    assert (event.properties, event.warnings) == ({}, ("category_ignored: $.category",))


@pytest.mark.parametrize("type_", ["identify", "group", "alias", "track"])
@pytest.mark.parametrize("category", ["Docs", 7])
def test_no_other_call_has_one(envelope: dict[str, Any], type_: str, category: Any) -> None:
    event = read(**envelope, type=type_, event="E", category=category, properties={"tab": 1})
    assert (event.properties, event.warnings) == ({"tab": 1}, ())


def test_what_was_sent_is_not_changed() -> None:
    message = {"type": "page", "userId": "u", "category": "Docs", "properties": {"tab": 1}}
    before = copy.deepcopy(message)
    assert Event.from_message(message, received_at=NOW).properties["category"] == "Docs"
    assert message == before
