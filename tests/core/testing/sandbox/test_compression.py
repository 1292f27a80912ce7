"""Compressed bodies: both flavours of deflate, gzip of several members, and limits."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.testing.sandbox import Inflated, NotCompressed, decompressed

if TYPE_CHECKING:
    from collections.abc import Callable

Coding = Literal["gzip", "deflate"]


def raw(content: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeezer.compress(content) + squeezer.flush()


FLAVOURS: list[tuple[Coding, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("gzip", lambda content: gzip.compress(content[:3]) + gzip.compress(content[3:])),
    ("deflate", zlib.compress),
    ("deflate", raw),
]


@given(st.binary(max_size=200), st.sampled_from(FLAVOURS))
def test_what_was_compressed_comes_back_up_to_the_limit(
    content: bytes, flavour: tuple[Coding, Callable[[bytes], bytes]]
) -> None:
    coding, squeeze = flavour
    body = squeeze(content)
    assert decompressed(body, coding, len(content)) == Inflated(content)
    if content:
        assert decompressed(body, coding, len(content) - 1) == Inflated(b"", oversize=True)


@given(st.binary(max_size=200), st.sampled_from(FLAVOURS), st.data())
def test_a_body_that_breaks_off_is_not_compressed(
    content: bytes, flavour: tuple[Coding, Callable[[bytes], bytes]], data: st.DataObject
) -> None:
    coding, squeeze = flavour
    body = squeeze(content)
    members = len(gzip.compress(content[:3])) if squeeze is FLAVOURS[1][1] else 0
    cut = data.draw(st.integers(0, len(body) - 1).filter(lambda at: at != members or not at))
    with pytest.raises(NotCompressed):
        decompressed(body[:cut], coding, 1000)


@pytest.mark.parametrize(("coding", "squeeze"), FLAVOURS)
def test_what_follows_the_compressed_body_is_no_part_of_it(
    coding: Coding, squeeze: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(NotCompressed):
        decompressed(squeeze(b"events") + b"more", coding, 1000)


@given(st.text(max_size=100))
def test_text_is_not_gzip(text: str) -> None:
    with pytest.raises(NotCompressed):
        decompressed(text.encode(), "gzip", 1000)


@pytest.mark.parametrize(("coding", "squeeze"), FLAVOURS)
def test_a_bomb_is_not_unpacked(coding: Coding, squeeze: Callable[[bytes], bytes]) -> None:
    bomb = squeeze(b" " * 10_000_000)
    tracemalloc.start()
    try:
        assert decompressed(bomb, coding, 100).oversize
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
