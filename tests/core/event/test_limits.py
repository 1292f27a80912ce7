from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.errors import InvalidEvent
from sendoff.event import MAX_BYTES, MAX_DEPTH, Event

RECEIVED = datetime(2026, 1, 2, tzinfo=UTC)


def read(message: bytes) -> Event:
    return Event.from_message(message, received_at=RECEIVED)


def test_a_message_may_have_a_mebibyte_and_no_more() -> None:
    start, end = b'{"type":"page","properties":{"x":"', b'"}}'
    padding = b"x" * (MAX_BYTES - len(start) - len(end))
    assert len(read(start + padding + end).properties["x"]) == len(padding)
    with pytest.raises(InvalidEvent, match="more than 1048576 bytes, the limit"):
        read(start + padding + b"x" + end)


@pytest.mark.parametrize("key", ["context", "traits", "properties", "integrations"])
@given(st.lists(st.booleans(), min_size=MAX_DEPTH - 4, max_size=MAX_DEPTH - 4), st.booleans())
def test_objects_may_nest_to_the_limit_and_no_deeper(
    key: str, lists: list[bool], flaw: bool
) -> None:
    # The message, the object at its root and the one in that are three levels, `inner` the last.
    for inner, fits in (("[]", True), ('{"a":1}', True), ("[[]]", False), ('{"a":{}}', False)):
        value = inner
        for is_list in lists:
            value = f"[0,{value}]" if is_list else f'{{"a":{value},"b":1}}'
        beside = "NaN" if flaw else "1"
        message = f'{{"type":"page","{key}":{{"a":{{"n":[{beside}],"a":{value}}}}}}}'.encode()
        if fits:
            assert "a" in getattr(read(message), key)
        else:
            with pytest.raises(InvalidEvent, match="64 levels deep") as caught:
                read(message)
            assert caught.value.path == f"$.{key}"


@pytest.mark.parametrize("depth", [100, 1_000, 100_000])
@pytest.mark.parametrize("key", ["properties", "context", "unknown", "userId"])
@pytest.mark.parametrize("start", ["", '"x":NaN,'], ids=["sound", "broken"])
def test_no_depth_anywhere_raises_anything_but_invalid_event(
    depth: int, key: str, start: str
) -> None:
    message = f'{{"type":"page",{start}"{key}":{"[" * depth}{"]" * depth}}}'.encode()
    if key == "unknown" and depth == 100:
        assert read(message).type == "page"
    else:
        with pytest.raises(InvalidEvent):
            read(message)


@pytest.mark.parametrize(
    "message", [b'{"type":"page","unknown":"\xff"}', b'{"type":"page","name":"\xed\xa0\xbd"}']
)
def test_bytes_that_are_not_utf_8_are_invalid_even_where_nothing_is_read(message: bytes) -> None:
    with pytest.raises(InvalidEvent, match="not JSON: byte"):
        read(message)
