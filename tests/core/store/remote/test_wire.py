"""Frames, whole and broken."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.store.failures import StoreError
from sendoff.store.remote import wire

raws = st.binary(max_size=50).map(wire.raw)
numbers = st.integers(0, 2**32)
frames = st.one_of(
    st.builds(wire.Greeting, numbers, st.text(), numbers),
    st.builds(wire.Call, numbers, st.text(), raws),
    st.builds(wire.TakeBack, numbers),
    st.builds(wire.Answer, numbers, raws),
    st.builds(wire.Failure, numbers, st.text(), st.text()),
)


def stream(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


def seen(frame: wire.Frame | None) -> bytes:
    return msgspec.msgpack.encode(frame)


@given(st.lists(frames, max_size=5))
async def test_frames_come_out_as_they_went_in(sent: list[wire.Frame]) -> None:
    reader = stream(b"".join(map(wire.packed, sent)))
    for frame in sent:
        assert seen(await wire.read(reader)) == seen(frame)
    assert await wire.read(reader) is None


@given(frames, st.data())
async def test_a_stream_that_breaks_off_has_ended(frame: wire.Frame, data: st.DataObject) -> None:
    whole = wire.packed(frame)
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert await wire.read(stream(whole[:cut])) is None


@given(st.binary(max_size=60))
async def test_whatever_comes_is_a_frame_an_end_or_garbled(data: bytes) -> None:
    reader = stream(len(data).to_bytes(4, "big") + data)
    try:
        frame = await wire.read(reader)
    except wire.Garbled:
        return
    assert frame is not None


async def test_a_frame_announced_beyond_the_limit_is_not_waited_for() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data((wire.MAX_FRAME + 1).to_bytes(4, "big"))
    with pytest.raises(wire.Garbled, match="the limit"):
        await wire.read(reader)


def test_a_frame_beyond_the_limit_is_not_packed() -> None:
    with pytest.raises(StoreError, match=r"64 MiB .* fewer"):
        wire.packed(wire.Answer(1, wire.raw(bytes(wire.MAX_FRAME))))


@pytest.mark.parametrize("value", [{1: object()}, 2**64, "\ud800"])
def test_what_has_no_form_on_the_wire_is_named_not_shown(value: object) -> None:
    with pytest.raises(StoreError, match="cannot cross") as raised:
        wire.raw(value)
    assert "object at" not in str(raised.value)
