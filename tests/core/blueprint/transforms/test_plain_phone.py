from __future__ import annotations

import timeit
from functools import cache, partial

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from sendoff.blueprint.transforms import plain_phone

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EDITS = st.lists(
    st.tuples(
        st.integers(0, 18),  # where
        st.integers(0, 2),  # how many characters go
        st.sampled_from(["", *"0123456789", " ", "-", "(", ")", ".", "/", "+", "x", "\uff10"]),
    ),
    max_size=3,
)
cached_reader = cache(plain_phone.reader)


def judged(text: str, region: str | None) -> str | None:
    """What the library says, asked directly."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@cache
def examples() -> list[tuple[str, PhoneNumber]]:
    """The library's own numbers, of each type in each region; those of no region come last."""
    typed = [
        (region, phonenumbers.example_number_for_type(region, each))
        for region in REGIONS
        for each in PhoneNumberType.values()
    ]
    worldwide = [
        (REGIONS[0], phonenumbers.example_number_for_non_geo_entity(code))
        for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    ]
    return [(region, number) for region, number in typed + worldwide if number]


@st.composite
def near_numbers(draw: st.DrawFn) -> tuple[str, str | None]:
    """A number that is nearly real, behind one prefix or several, and where it is written."""
    region, number = draw(st.sampled_from(examples()))
    code = str(number.country_code)
    trunk = phonenumbers.ndd_prefix_for_region(region, True) or "0"
    exits = draw(st.sampled_from(["00", "011", "810", "001", "0", "119"]))
    usual = st.sampled_from(["+" + code, trunk, "", code, exits + code, "+" + code + trunk])
    odd = st.lists(st.sampled_from(["+", code, trunk, exits]), max_size=3).map("".join)
    text = draw(usual | odd) + phonenumbers.national_significant_number(number)
    for at, removed, added in draw(EDITS):
        text = text[:at] + added + text[at + removed :]
    return text, draw(st.sampled_from([region, region, None]) | st.sampled_from(REGIONS))


@settings(max_examples=500, deadline=None)  # a region's metadata is loaded when first needed
@given(near_numbers())
def test_an_answer_is_the_librarys(case: tuple[str, str | None]) -> None:
    text, region = case
    assert cached_reader(region)(text) in (None, judged(text, region))


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+39 06 6982", None),  # an Italian 0 stays
        ("+7 800 555 35 35", None),  # 8 is the Russian trunk prefix too
        ("8 47 08 83", "BY"),  # and the Belarusian one, here not to be dropped
        ("0 31 23 45", "BY"),  # where 0 is dropped as well
        ("0800 1333", "KR"),  # 0 and a carrier
        ("0 21 3123 4567", "BR"),
        ("011 15 2345 6789", "AR"),  # 15 becomes a 9 before the area code
        ("268 0123", "AG"),  # the area code is added
        ("011 2411501441234", "GA"),  # what is read as prefix is longer than a number
        ("00 0 7700 900123", "GB"),  # no country code has a 0
        ("+0150", "TK"),
        ("+/+685 22123", None),
        ("+685 22123 x1", None),  # with the extension it would still be possible
        ("416 7736", "CA"),  # without its area code
        ("310 1234", "CA"),  # possible in Canada alone, and the main country decides
        ("1 310 1234", "CA"),
        ("0 24842", "CC"),  # too short there, not in the main country
        ("95 232088", "MM"),  # begins like the country code
        ("391 2345678", "IT"),
        ("98 1621", "IR"),
    ],
)
def test_an_answer_is_the_librarys_where_countries_are_odd(text: str, region: str | None) -> None:
    assert cached_reader(region)(text) in (None, judged(text, region))


@given(st.text(max_size=40) | st.text("+0123456789 ()-./x", max_size=24), st.sampled_from(REGIONS))
@settings(deadline=None)
def test_an_answer_for_any_text_is_the_librarys(text: str, region: str) -> None:
    assert cached_reader(region)(text) in (None, judged(text, region))


def written(form: int) -> list[tuple[str, str]]:
    texts = [(phonenumbers.format_number(number, form), region) for region, number in examples()]
    return [(text, region) for text, region in texts if judged(text, region)]


@pytest.mark.parametrize(
    ("form", "share"),
    [
        (PhoneNumberFormat.E164, 0.99),
        (PhoneNumberFormat.INTERNATIONAL, 0.99),
        (PhoneNumberFormat.NATIONAL, 0.97),
    ],
)
def test_nearly_all_real_numbers_are_answered(form: int, share: float) -> None:
    texts = written(form)
    answers = [cached_reader(region)(text) for text, region in texts]
    assert len(answers) > 1000
    assert len(answers) - answers.count(None) >= share * len(answers)


@pytest.mark.parametrize(
    "text",
    [
        "07700 900123",
        "+44 7700 900123",
        "0044 7700 900123",
        "(07700) 900-123",
        "447700900123",
        "+44 (0)7700 900123",
        "44 (0)7700 900123",
        "07700/900123",
    ],
)
def test_one_british_number_however_it_is_written(text: str) -> None:
    assert cached_reader("GB")(text) == "+447700900123"


def test_a_possible_number_is_answered_though_no_number_begins_so() -> None:
    assert cached_reader("GB")("0600 123 4567") == "+446001234567"


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("", "GB"),
        ("+", "GB"),
        ("-", "GB"),
        ("07700 900123", None),
        ("+999 1234567", "GB"),
        ("07700 900123 x12", "GB"),
        ("tel:+44-7700-900123", "GB"),
        ("\uff0b\uff14\uff147700900123", "GB"),
        ("07700 90012\u00b3", "GB"),
        ("555-2671", "US"),
        ("011 15 2345 6789", "AR"),
    ],
)
def test_what_is_not_plain_or_not_possible_is_left_to_the_library(
    text: str, region: str | None
) -> None:
    assert cached_reader(region)(text) is None


@pytest.mark.parametrize("text", ["+447700900123", "07700 900123"])
def test_a_first_sight_is_far_cheaper_than_the_library(text: str) -> None:
    read, ask = partial(cached_reader("GB"), text), partial(judged, text, "GB")
    assert min(timeit.repeat(read, number=500)) * 4 < min(timeit.repeat(ask, number=500))
