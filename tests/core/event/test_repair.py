from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.errors import InvalidEvent
from sendoff.event.repair import decode_any

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values, st.booleans())
def test_json_is_decoded_exactly_and_never_called_repaired(value: Any, escape: bool) -> None:
    message = json.dumps(value, ensure_ascii=escape).encode()
    assert decode_any(message) == (value, False)


@given(values, st.booleans())
def test_repair_changes_nothing_but_what_is_broken(value: Any, escape: bool) -> None:
    message = f"[{json.dumps(value, ensure_ascii=escape)}, NaN]".encode()
    assert decode_any(message) == ([value, None], True)


@pytest.mark.parametrize(
    ("message", "value"),
    [
        (b'{"a":NaN,"b":Infinity,"c":-Infinity}', {"a": None, "b": None, "c": None}),
        (b'{"a":1e999,"b":-1e999,"c":"NaN"}', {"a": None, "b": None, "c": "NaN"}),
        (rb'{"a":"\ud83e"}', {"a": "\ufffd"}),
        (rb'{"a":"\udd84\ud83e!"}', {"a": "\ufffd\ufffd!"}),
        (rb'{"a":"\ud83e\u0041","b":"\\ud83e"}', {"a": "\ufffdA", "b": "\\ud83e"}),
        (rb'{"\ud83e":"\ud83e\udd84 \ud83e"}', {"\ufffd": "\U0001f984 \ufffd"}),
        (rb'["\ud83e","\udd84"]', ["\ufffd", "\ufffd"]),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (
            b'{"a":NaN,"b":123456789012345678901234567890}',
            {"a": None, "b": 123456789012345678901234567890},
        ),
        (rb'{"a":NaN,"b":"\u0000"}', {"a": None, "b": "\0"}),
        (b'{"a":NaN,"b":1,"b":2}', {"a": None, "b": 2}),
    ],
)
def test_what_real_clients_send_is_repaired(message: bytes, value: object) -> None:
    assert decode_any(message) == (value, True)


def test_an_emoji_in_two_escapes_needs_no_repair() -> None:
    assert decode_any(rb'"\ud83e\udd84"') == ("\U0001f984", False)


@given(st.floats())
def test_every_float_is_itself_or_null(number: float) -> None:
    value, was_repaired = decode_any(json.dumps([number]).encode())
    assert value == [number if math.isfinite(number) else None]
    assert was_repaired is not math.isfinite(number)


@given(st.text(st.characters(codec=None), max_size=12))
def test_every_text_comes_out_fit_for_utf_8(text: str) -> None:
    value, _ = decode_any(json.dumps(text).encode())
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert value == whole
    value.encode()


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"  ",
        b"nan",
        b"{",
        b'{"a":1}x',
        b"{'a':1}",
        b'"\x01"',
        b'"\xff"',
        b'"\xed\xa0\xbd"',
        b"[01]",
        b"\xff\xfe{\x00}\x00",
    ],
)
def test_what_is_no_json_even_then_is_invalid(message: bytes) -> None:
    with pytest.raises(InvalidEvent, match="not JSON"):
        decode_any(message)


def test_a_number_beyond_python_s_digits_is_named() -> None:
    with pytest.raises(InvalidEvent, match="5000 digits"):
        decode_any(b"[" + b"1" * 5000 + b"]")


@pytest.mark.parametrize("start", [b"", b"[NaN,"], ids=["sound", "broken"])
@pytest.mark.parametrize("opener", [b"[", b'{"a":'], ids=["lists", "objects"])
def test_no_depth_leaks_a_recursion_error(start: bytes, opener: bytes) -> None:
    with pytest.raises(InvalidEvent, match="levels deep"):
        decode_any(start + opener * 100_000)
