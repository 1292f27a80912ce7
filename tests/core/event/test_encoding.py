from __future__ import annotations

import json
from collections import OrderedDict, deque
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.errors import InvalidEvent
from sendoff.event import Event, to_bytes


class Plan(StrEnum):
    PRO = "pro"


class Name(str):
    __slots__ = ()


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), values))
def test_json_values_are_written_exactly(message: dict[str, Any]) -> None:
    assert json.loads(to_bytes(message)) == message


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (datetime.fromisoformat("2026-01-02T03:04:05"), "2026-01-02T03:04:05"),
        (date(2026, 1, 2), "2026-01-02"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Decimal("1.10"), 1.1),
        (10**30, 10**30),
        ({3, 1, 2}, [1, 2, 3]),
        pytest.param(frozenset({"b", "a"}), ["a", "b"], id="a frozen set"),
        ((1, 2), [1, 2]),
        (deque([1, 2]), [1, 2]),
        (Plan.PRO, "pro"),
        (Name("John Doe"), "John Doe"),
        (OrderedDict(b=1), {"b": 1}),
        (MappingProxyType({"a": MappingProxyType({})}), {"a": {}}),
        ({1: "one", UUID(int=1): 2}, {"1": "one", "00000000-0000-0000-0000-000000000001": 2}),
        (float("nan"), None),
        (float("-inf"), None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_python_s_own_types_have_a_json_form(value: object, written: object) -> None:
    assert json.loads(to_bytes({"a": value})) == {"a": written}


def test_a_set_of_unlike_elements_is_a_list() -> None:
    assert sorted(json.loads(to_bytes({"a": {1, "b"}}))["a"], key=str) == [1, "b"]


def test_the_same_mapping_gives_the_same_bytes_in_any_order() -> None:
    assert to_bytes({"a": 1, "b": {"c": 2, "d": {"x", "y"}}}) == to_bytes(
        {"b": {"d": {"y", "x"}, "c": 2}, "a": 1}
    )


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("\ud83e", "\ufffd"),
        ("\ud83e\udd84", "\U0001f984"),
        (Decimal("NaN"), None),
        (Decimal("1E999"), None),
    ],
    ids=["lone", "pair", "nan", "huge"],
)
def test_what_json_cannot_say_is_kept_decodable_and_repaired_by_the_event(
    value: object, read: object
) -> None:
    event = Event.from_message(
        {"type": "page", "properties": {"a": value}}, received_at=datetime.now(UTC)
    )
    assert event.properties == {"a": read}


def test_a_lone_surrogate_in_text_is_repaired_and_marked() -> None:
    for message in ('{"type":"page","name":"\ud83e"}', {"type": "page", "name": "\ud83e"}):
        event = Event.from_message(message, received_at=datetime.now(UTC))
        assert event.name == "\ufffd"
        assert event.warnings == ("repaired_text",)


@pytest.mark.parametrize("message", [b"\xff", bytearray(b"\xff"), memoryview(b"\xff")])
def test_bytes_stay_as_they_are(message: bytes) -> None:
    assert to_bytes(message) == b"\xff"


def test_what_cannot_be_written_is_invalid() -> None:
    holds_itself: dict[str, Any] = {}
    holds_itself["self"] = holds_itself
    for message, why in (
        ({"a": object()}, "object"),
        ({"a": {None: 1}}, "keys"),
        (holds_itself, "holds itself"),
    ):
        with pytest.raises(InvalidEvent, match=f"cannot be written as JSON: .*{why}"):
            to_bytes(message)
