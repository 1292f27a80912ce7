from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.transforms import TransformError
from sendoff.blueprint.transforms.text import LOWER, SHA256, TITLE, TRIM, UPPER

trim, lower, upper, title, sha256 = (
    each.build(None) for each in (TRIM, LOWER, UPPER, TITLE, SHA256)
)


@pytest.mark.parametrize("run", [trim, lower, upper, title, sha256])
@pytest.mark.parametrize("value", [None, 1, 1.5, True, ["a"], {"a": "b"}])
def test_only_text_is_taken_and_a_list_is_not_mapped_over(run: Any, value: Any) -> None:
    with pytest.raises(TransformError, match=r"^takes text, not "):
        run(value)


@given(st.text())
def test_trimmed_text_has_no_white_space_at_its_ends(text: str) -> None:
    trimmed = trim(f"\u2003{text}\n")
    assert trimmed == trim(trimmed)
    assert trimmed in text
    assert not trimmed[:1].isspace()


@pytest.mark.parametrize(
    ("text", "titled"),
    [
        ("JOHN DOE", "John Doe"),
        ("o\u2019neil", "O\u2019Neil"),
        ("rock 'n' roll", "Rock 'N' Roll"),
        ("o'dea", "O'Dea"),
        ("it's john's", "It's John's"),
        ("we'll you've", "We'll You've"),
        ("rene\u0301 a\u030angstro\u0308m", "Rene\u0301 A\u030angstro\u0308m"),
        ("1st_street 2B", "1st_Street 2b"),
        ("\u01c6ungla", "\u01c5ungla"),
        ("", ""),
    ],
)
def test_a_title_has_one_capital_a_word(text: str, titled: str) -> None:
    assert title(text) == titled


@given(st.text())
def test_the_hash_is_of_the_utf8_bytes(text: str) -> None:
    assert sha256(text) == hashlib.sha256(text.encode("utf-8")).hexdigest()


def test_text_that_utf8_cannot_write_is_refused() -> None:
    with pytest.raises(TransformError, match="surrogate"):
        sha256("\ud800")
