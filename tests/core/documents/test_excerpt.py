from __future__ import annotations

from sendoff.documents.excerpt import excerpt, in_quotes


def test_an_excerpt_is_one_short_line() -> None:
    assert excerpt("a\nb\x1b[31m\u2028é") == "a\\nb\\u001b[31m\\u2028é"
    assert excerpt("x" * 1000) == "x" * 40 + "…"
    assert excerpt("x" * 40) == "x" * 40


def test_text_in_quotes_is_valid_yaml() -> None:
    assert in_quotes('a "b"') == '"a \\"b\\""'
    assert in_quotes("7" * 1000) == '"' + "7" * 40 + '…"'
