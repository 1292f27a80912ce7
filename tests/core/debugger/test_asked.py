"""What a query string or a form asks for."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sendoff.debugger.asked import Asked, whole_number


@dataclass(frozen=True, slots=True)
class Wanted(Asked):
    route: str = ""
    text: str = ""


def test_what_is_blank_or_unknown_asks_for_nothing() -> None:
    wanted = Wanted.of({"route": " support ", "text": " ", "other": "x"})
    assert wanted == Wanted(route="support")
    assert wanted.given == {"route": "support"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("17", 17), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("", None), ("-1", None),
     ("1.0", None), (" 1", None), ("\N{ARABIC-INDIC DIGIT ONE}", None)],
)  # fmt: skip
def test_a_number_is_ascii_digits_that_every_store_can_look_for(
    text: str, expected: int | None
) -> None:
    assert whole_number(text) == expected
