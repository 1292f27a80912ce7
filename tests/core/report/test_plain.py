"""Text on one line, with nothing in it that would be obeyed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sendoff.report.plain import compact, plain


def test_what_would_be_obeyed_is_spelled_out() -> None:
    assert plain("a\nb\x1b[2J\u202ec") == "a\\nb\\x1b[2J\\u202ec"
    assert compact({"a": "\u2066ü"}) == '{"a":"\\u2066ü"}'


@given(st.text())
def test_the_result_is_printable_and_the_printable_stays(text: str) -> None:
    assert plain(text).isprintable()
    assert plain(plain(text)) == plain(text)
