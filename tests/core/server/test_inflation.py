"""Compressed bodies: opened as far as was agreed, and no further."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.server.inflation import inflate
from sendoff.server.refusal import Refused

LIMIT = 1_000_000


@given(st.binary(max_size=2_000), st.integers(0, 2_000))
def test_what_was_compressed_comes_out(data: bytes, cut: int) -> None:
    assert inflate(gzip.compress(data), "gzip", LIMIT) == data
    members = gzip.compress(data[:cut]) + gzip.compress(data[cut:])
    assert inflate(members + b"\0\0", "gzip", LIMIT) == data
    assert inflate(zlib.compress(data), "deflate", LIMIT) == data
    assert inflate(zlib.compress(data, wbits=-15), "deflate", LIMIT) == data


@given(st.binary(max_size=200))
def test_nothing_else_is_taken_for_compressed(data: bytes) -> None:
    for coding in ("gzip", "deflate"):
        code = ""
        try:
            inflate(data, coding, LIMIT)
        except Refused as refused:
            code = refused.code
        assert code in ("", "invalid_encoding")


@pytest.mark.parametrize("cut", [1, 10, 50])
def test_a_body_that_breaks_off_is_refused(cut: int) -> None:
    body = gzip.compress(bytes(range(256)))
    with pytest.raises(Refused, match="not gzip"):
        inflate(body[:-cut], "gzip", LIMIT)


def test_the_limit_may_be_reached() -> None:
    assert len(inflate(gzip.compress(b"x" * LIMIT), "gzip", LIMIT)) == LIMIT


@pytest.mark.parametrize(
    "bomb",
    [gzip.compress(bytes(50 * LIMIT)), gzip.compress(bytes(LIMIT - 1)) * 50,
     gzip.compress(b"") * 200_000 + gzip.compress(bytes(LIMIT + 1))],
)  # fmt: skip
def test_a_bomb_is_left_where_the_limit_is(bomb: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Refused) as refused:
            inflate(bomb, "gzip", LIMIT)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.code == "body_too_large"
    assert most < 6 * LIMIT
