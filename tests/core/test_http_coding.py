"""Content compressed for the way."""

from __future__ import annotations

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from sendoff.http.coding import compress


@given(st.binary(max_size=4000))
def test_what_is_compressed_can_be_unpacked_by_others(content: bytes) -> None:
    assert gzip.decompress(compress(content, "gzip")) == content
    # Not the bare stream that some call deflate.
    assert zlib.decompress(compress(content, "deflate")) == content


def test_the_same_content_gives_the_same_bytes_at_any_time() -> None:
    packed = compress(b"x" * 1000, "gzip")
    assert packed[4:8] == bytes(4), "the time"
    assert packed == compress(b"x" * 1000, "gzip")


def test_it_gets_smaller() -> None:
    lines = b"".join(b'{"action":"feature","userId":"u%d","total":1}\n' % n for n in range(500))
    for packed in (compress(lines, "gzip"), compress(lines, "deflate")):
        assert len(packed) < len(lines) / 4
