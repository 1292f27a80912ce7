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


def test_a_body_of_thousands_of_parts_is_refused_before_it_is_opened() -> None:
    """Each has its cost, and the loop waits: 5 MiB of them take a third of a second."""
    with pytest.raises(Refused) as refused:
        inflate(gzip.compress(b" ") * 1_001, "gzip", LIMIT)
    assert (refused.value.status, refused.value.code) == (413, "body_too_large")
    assert inflate(gzip.compress(b" ") * 1_000, "gzip", LIMIT) == b" " * 1_000


@pytest.mark.parametrize("end", [b"", b"\0" + gzip.compress(b"{}")[10:]])
def test_a_head_without_end_is_no_gzip(end: bytes) -> None:
    """The name of a file may stand in it, as long as one likes."""
    with pytest.raises(Refused, match="not gzip"):
        inflate(b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"n" * 1_000_000 + end, "gzip", LIMIT)
