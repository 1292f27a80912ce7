"""Lines of a stream: what ends one, what is skipped, and how much of it is ever in memory."""

from __future__ import annotations

import json
import tracemalloc
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sendoff.errors import UsageError
from sendoff.event import MAX_BYTES
from sendoff.sources import BLOCK, Line, Occurrences, read_batches, read_lines, shape_hint

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMED = b'{"type": "page", "messageId": "m1"}'
NAMELESS = b'{"type": "page"}'


class Pieces:
    """A stream that gives its bytes in the pieces it was made of, as a pipe does."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]

    def read(self, size: int, /) -> bytes:
        if not self._pieces:
            return b""
        piece = self._pieces.pop(0)
        if len(piece) > size:
            self._pieces.insert(0, piece[size:])
        return piece[:size]


def lines(data: bytes) -> list[tuple[int, bytes]]:
    return [(line.number, line.body) for line in read_lines(BytesIO(data))]


def keys(data: bytes) -> list[str]:
    return [line.fallback_key for line in read_lines(BytesIO(data))]


def test_an_empty_stream_has_no_lines() -> None:
    assert lines(b"") == []


def test_the_last_line_needs_no_line_feed() -> None:
    assert lines(b"a\nb") == lines(b"a\nb\n") == [(1, b"a"), (2, b"b")]


def test_blank_lines_are_skipped_and_counted() -> None:
    assert lines(b"\n \t\r\na\n\n\nb") == [(3, b"a"), (6, b"b")]


def test_a_carriage_return_before_a_line_feed_is_dropped() -> None:
    assert lines(b"a\r\nb\r\n\r\nc\r") == [(1, b"a"), (2, b"b"), (4, b"c")]


@pytest.mark.parametrize("other", ["\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_nothing_but_a_line_feed_ends_a_line(other: str) -> None:
    body = f"a{other}b".encode()
    assert lines(body + b"\n") == [(1, body)]


def test_a_byte_order_mark_is_dropped_at_the_start_alone() -> None:
    mark = b"\xef\xbb\xbf"
    assert lines(mark + b"a\n" + mark + b"b") == [(1, b"a"), (2, mark + b"b")]


def test_a_line_of_the_largest_size_is_whole() -> None:
    largest = b"x" * MAX_BYTES
    for end in (b"", b"\n", b"\r\n"):
        assert lines(largest + end) == [(1, largest)]


@pytest.mark.parametrize("more", [1, 2, 3, BLOCK, 5 * MAX_BYTES])
def test_of_a_longer_line_the_start_is_left_and_still_too_long(more: int) -> None:
    [(one, start), (two, after)] = lines(b"x" * (MAX_BYTES + more) + b"\r\nafter")
    assert (one, two, after) == (1, 2, b"after")
    assert MAX_BYTES < len(start) <= MAX_BYTES + 2
    assert set(start) == {ord("x")}


def test_a_long_line_that_begins_with_white_space_is_not_taken_for_blank() -> None:
    data = b" " * (MAX_BYTES + 10) + NAMED
    [(number, body)] = lines(data)
    assert number == 1
    assert len(body) > MAX_BYTES


def test_a_long_line_cut_at_a_carriage_return_stays_too_long() -> None:
    [(_, body)] = lines(b"x" * MAX_BYTES + b"\r" * 10)
    assert len(body) > MAX_BYTES


def test_memory_does_not_grow_with_the_length_of_a_line() -> None:
    class Endless:
        left = 30 * MAX_BYTES // BLOCK

        def read(self, size: int, /) -> bytes:
            self.left -= 1
            return b"x" * size if self.left else b""

    tracemalloc.start()
    try:
        assert len(list(read_lines(Endless()))) == 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MAX_BYTES


def test_lines_come_as_soon_as_they_are_there() -> None:
    batches = read_batches(Pieces([b"a\nb\nc", b"d\n", b"e"]))
    assert [line.body for line in next(batches)] == [b"a", b"b"]
    assert [line.body for line in next(batches)] == [b"cd"]
    assert list(next(batches)) == []
    assert [line.body for line in next(batches)] == [b"e"]


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=8))
@example(data=b"a\r\nb", cuts=[2])
def test_it_makes_no_difference_where_reads_end(data: bytes, cuts: list[int]) -> None:
    assume(not data.startswith((b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff", b"PK", b"\x28\xb5")))
    edges = [0, *sorted(cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    assert list(read_lines(Pieces(pieces))) == list(read_lines(BytesIO(data)))


@given(bodies=st.lists(st.binary(min_size=1, max_size=40).filter(lambda each: b"\n" not in each)))
def test_every_line_that_holds_something_comes_once_with_its_number(bodies: list[bytes]) -> None:
    read = lines(b"\n" * 2 + b"\n".join(bodies))
    bare = [(number, body.removesuffix(b"\r")) for number, body in enumerate(bodies, 3)]
    assert read == [(number, body) for number, body in bare if body.strip()]


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"PK\x03\x04", "zip"),
        ("{".encode("utf-16"), "UTF-16"),
        (b"\xfe\xff\x00{", "UTF-16"),
    ],
)
def test_what_is_no_text_is_refused_by_name(start: bytes, name: str) -> None:
    with pytest.raises(UsageError, match=name):
        lines(start)


def test_a_line_with_a_message_id_needs_no_other_key() -> None:
    for event in (NAMED, b'{"message_id": "m1"}', b'{"messageId": 7}'):
        assert keys(event) == [""]


@pytest.mark.parametrize(
    "event",
    [
        NAMELESS,
        b'{"messageId": null}',
        b'{"messageId": 1.5}',
        b'{"messageId": {"id": 1}}',
        b'{"messageId": " "}',
        b'{"properties": {"messageId": "m1"}}',
        b'{"properties": {"n": NaN}}',
        b"no JSON at all",
    ],
)
def test_a_line_that_may_lack_a_message_id_goes_by_its_content(event: bytes) -> None:
    assert keys(event)[0].startswith("content:")


def test_equal_lines_without_an_id_are_told_apart_by_their_occurrence() -> None:
    first, named, second = keys(NAMELESS + b"\n" + NAMED + b"\n" + NAMELESS)
    assert first != second
    assert named == ""


def test_the_same_stream_gives_the_same_keys_again() -> None:
    stream = b"\n".join([NAMELESS, b'{"type": "screen"}', NAMELESS])
    assert keys(stream) == keys(stream)
    assert len(set(keys(stream))) == 3


def test_a_key_does_not_depend_on_the_lines_before_it() -> None:
    assert keys(b'{"type": "screen"}\n' + NAMELESS)[1] == keys(NAMELESS)[0]


def test_the_order_of_members_and_the_time_of_sending_are_no_content() -> None:
    one = b'{"type": "page", "sentAt": "2026-01-01T00:00:00Z", "name": "a"}'
    other = b'{"name": "a", "type": "page", "sentAt": "2026-01-02T00:00:00Z"}'
    assert keys(one) == keys(other)


def test_a_carriage_return_is_no_content() -> None:
    assert keys(NAMELESS + b"\r\n") == keys(NAMELESS + b"\n")


def test_beyond_the_contents_that_are_counted_a_line_goes_by_its_number() -> None:
    occurrences = Occurrences(kept=1)
    counted = [occurrences.key(number, NAMELESS) for number in (1, 2)]
    beyond = [occurrences.key(number, b'{"type": "screen"}') for number in (3, 4)]
    again = occurrences.key(5, NAMELESS)
    assert len({*counted, *beyond, again}) == 5
    assert again.rpartition(":")[0] == counted[0].rpartition(":")[0]
    assert beyond[0].endswith(":line:3")


def test_a_line_is_handed_to_a_store_with_its_key() -> None:
    line = Line(4, NAMELESS, "content:x:1")
    assert (line.incoming.body, line.incoming.fallback_key) == (NAMELESS, "content:x:1")


def test_other_shapes_of_json_are_recognised_by_the_first_line() -> None:
    assert "array" in shape_hint(b"  [")
    assert "array" in shape_hint(json.dumps([{"type": "page"}]).encode())
    for first in (b"{ ", b'{"type": "track", "event": "Signed Up",', b'{"context": {'):
        assert "several lines" in shape_hint(first)
    assert shape_hint(NAMED + b",") == ""
    assert shape_hint(NAMED) == ""
    assert shape_hint(b"garbage") == ""
