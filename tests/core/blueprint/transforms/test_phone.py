from __future__ import annotations

import timeit
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.transforms import TransformError
from sendoff.blueprint.transforms.phone import E164

international = E164.build(None)
british = E164.build({"region": "GB"})

REGIONS = (None, "GB", "US", "IT", "AR", "SG")
RUNS = {region: E164.build({"region": region} if region else {}) for region in REGIONS}
NUMBERS = st.from_regex(r"\+?[0-9 ().-]{3,24}(x[0-9]{1,4})?", fullmatch=True) | st.text(max_size=60)


def judged(text: str, region: str | None) -> str | None:
    """What the library says, asked directly."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@given(NUMBERS, st.sampled_from(REGIONS))
def test_the_library_alone_decides(text: str, region: str | None) -> None:
    expected = judged(text, region)
    for _ in range(2):  # read, and remembered
        try:
            assert RUNS[region](text) == expected
        except TransformError:
            assert expected is None


@pytest.mark.parametrize(
    "text",
    [
        "07700 900123",
        "+44 7700 900123",
        "0044 7700 900123",
        "(07700) 900-123",
        "tel:+44-7700-900123",
        "447700900123",
        "+44 (0)7700 900123",
        "07700 900123 x12",
        "\uff0b\uff14\uff147700900123",
    ],
)
def test_one_british_number_however_it_is_written(text: str) -> None:
    assert british(text) == "+447700900123"


def test_a_possible_number_is_enough_though_nobody_has_it() -> None:
    number = phonenumbers.parse("07700 900123", "GB")
    assert not phonenumbers.is_valid_number(number)
    assert british("07700 900123") == "+447700900123"


@pytest.mark.parametrize(
    ("value", "region", "message"),
    [
        ("07700 900123", None, "no country code that exists .*set `region`"),
        (7700900123, None, "no country code that exists .*set `region`"),
        ("+999 1234567", "GB", "no country code that exists$"),
        ("", "GB", "is no telephone number"),
        ("none", "GB", "is no telephone number"),
        (-447700900123, "GB", "is no telephone number"),
        (10**20, "GB", "is no telephone number"),
        (10**1000, "GB", "is no telephone number"),
        ("+44 7", "GB", "is too short"),
        ("911", "US", "is too short"),
        ("+44 7700 900123 456", "GB", "is too long"),
        ("1" * 30, "GB", "is too long"),
        ("1" * 101, "GB", "is no telephone number"),
        ("555-2671", "US", "without its area code"),
        ("+65 123456789", None, "has a length that"),
        (True, "GB", "takes text or a whole number, not a boolean"),
        (447700900123.0, "GB", "takes text or a whole number, not a number"),
    ],
)
def test_a_refusal_says_why_again_and_again(value: Any, region: str | None, message: str) -> None:
    for _ in range(2):
        with pytest.raises(TransformError, match=message):
            RUNS[region](value)


@pytest.mark.parametrize("region", ["UK", "gb", "XX", "001"])
def test_a_region_that_is_no_country_is_told_when_it_is_built(region: str) -> None:
    with pytest.raises(TransformError, match="`region` is no country"):
        E164.build({"region": region})


def test_regions_do_not_share_what_they_remember() -> None:
    assert RUNS["US"]("415 555 2671") == "+14155552671"
    assert british("415 555 2671") == "+444155552671"


def test_a_number_seen_before_is_far_cheaper_than_the_library() -> None:
    again = min(timeit.repeat(lambda: british("07700 900123"), number=500, repeat=5))
    asked = min(timeit.repeat(lambda: judged("07700 900123", "GB"), number=500, repeat=5))
    assert again * 10 < asked
