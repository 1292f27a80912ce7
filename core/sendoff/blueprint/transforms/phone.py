"""`e164`: a telephone number as +CCNNNN, judged by the phonenumbers library."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from sendoff.blueprint.transforms import plain_phone
from sendoff.blueprint.transforms.definition import Example, Transform, TransformError, unfit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# People's numbers come again and again, and the library takes 20 µs for one that is not plain.
# What is long is read each time: it is seldom a number, and must not fill the memory. The library's
# patterns take the square of the length, so what is longer than any way of writing a number is
# refused.
_REMEMBERED = 4096
_LONGEST_REMEMBERED = 40
_LONGEST = 100
_LARGEST = 10**20

_NO_NUMBER = "is no telephone number"
_TOO_SHORT = "is too short for a telephone number of its country"
_TOO_LONG = "is too long for a telephone number of its country"
_UNREADABLE = {
    NumberParseException.NOT_A_NUMBER: _NO_NUMBER,
    NumberParseException.TOO_SHORT_AFTER_IDD: _TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: _TOO_SHORT,
    NumberParseException.TOO_LONG: _TOO_LONG,
}
_IMPOSSIBLE = {
    ValidationResult.TOO_SHORT: _TOO_SHORT,
    ValidationResult.TOO_LONG: _TOO_LONG,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "is a telephone number without its area code",
    ValidationResult.INVALID_LENGTH: "has a length that no telephone number of its country has",
}


def _build(parameters: Mapping[str, str] | None) -> Callable[[Any], str]:
    region = (parameters or {}).get("region")
    if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
        raise TransformError(f"`region` is no country of ISO 3166-1 such as GB: {region!r}")
    read = partial(_read, region, plain_phone.reader(region))
    remembered = lru_cache(_REMEMBERED)(read)

    def e164(value: Any) -> str:
        text = value if type(value) is str else _digits(value)
        number, refusal = remembered(text) if len(text) <= _LONGEST_REMEMBERED else read(text)
        if refusal:
            raise TransformError(refusal)
        return number

    return e164


def _digits(value: Any) -> str:
    if type(value) is not int:
        raise unfit(value, "text", "integer")
    if 0 <= value < _LARGEST:
        return str(value)
    raise TransformError(_NO_NUMBER)


def _read(
    region: str | None, read_plain: Callable[[str], str | None], text: str
) -> tuple[str, str]:
    """The number and why it is refused: one of the two is blank."""
    if len(text) > _LONGEST:
        return "", _NO_NUMBER
    plain = read_plain(text)
    return (plain, "") if plain else _ask_library(region, text)


def _ask_library(region: str | None, text: str) -> tuple[str, str]:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        return "", _UNREADABLE.get(error.error_type, _countryless(region))
    judged = phonenumbers.is_possible_number_with_reason(number)
    if judged != ValidationResult.IS_POSSIBLE:
        return "", _IMPOSSIBLE.get(judged, _countryless(region))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), ""


def _countryless(region: str | None) -> str:
    if region is None:
        return "has no country code that exists (write it with +, or set `region`)"
    return "has no country code that exists"


E164 = Transform(
    name="e164",
    summary=(
        "A telephone number in E.164, such as +447700900123; one without country code needs"
        " `region`; an extension is left out."
    ),
    accepts=frozenset(("text", "integer")),
    returns=frozenset(("text",)),
    parameters={
        "type": "object",
        "properties": {
            "region": {
                "type": "string",
                "pattern": "^[A-Z]{2}$",
                "description": "Country (ISO 3166-1) of numbers written without +, such as GB.",
            }
        },
        "additionalProperties": False,
    },
    build=_build,
    bare=True,
    examples=(
        Example("07700 900123", "+447700900123", {"region": "GB"}),
        Example(7700900123, "+447700900123", {"region": "GB"}),
        Example("+1 (415) 555-2671", "+14155552671"),
        Example("+44 7700 900123 ext. 12", "+447700900123"),
        Example("07700 900123", error="set `region`"),
        Example("555-2671", None, {"region": "US"}, error="without its area code"),
        Example("+44 770", error="is too short"),
        Example("none", None, {"region": "GB"}, error="is no telephone number"),
        Example("07700 900123", None, {"region": "UK"}, error="`region` is no country"),
    ),
)
