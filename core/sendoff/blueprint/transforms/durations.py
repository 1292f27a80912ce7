"""`milliseconds`: a length of time in whole milliseconds."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sendoff.blueprint.transforms.definition import Example, Transform, TransformError, unfit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_COUNT = r"[0-9]{1,15}(?:\.[0-9]{1,15})?"
_NUMBER = re.compile(_COUNT)
_SHORT = re.compile("".join(rf"(?:({_COUNT}) ?{unit} ?)?" for unit in _UNITS))
_ISO = re.compile(rf"p(?:({_COUNT})d)?(?:t(?:({_COUNT})h)?(?:({_COUNT})m)?(?:({_COUNT})s)?)?")
_LIMIT = 10**15


def _build(parameters: Mapping[str, str] | None) -> Callable[[Any], int]:
    unit = (parameters or {}).get("unit")

    def milliseconds(value: Any) -> int:
        kind = type(value)
        if kind is str:
            return round(_of_text(value.strip().lower(), unit))
        if kind is not int and kind is not float:
            raise unfit(value, "text", "number")
        if not 0 <= value < _LIMIT:
            raise TransformError("is a number too large or below zero for a length of time")
        return round(_counted(value, unit))

    return milliseconds


def _of_text(text: str, unit: str | None) -> Fraction:
    if _NUMBER.fullmatch(text):
        return _counted(text, unit)
    found = _ISO.fullmatch(text) or _SHORT.fullmatch(text)
    # Both patterns name days, hours, minutes and seconds in this order.
    parts = zip(found.groups(), _UNITS, strict=False) if found else ()
    counts = [_counted(count, each) for count, each in parts if count is not None]
    if counts:
        return sum(counts, Fraction(0))
    raise TransformError('is no length of time: neither like "1m 30s" nor like "PT1M30S"')


def _counted(count: float | str, unit: str | None) -> Fraction:
    if unit is None:
        raise TransformError("is a number without a unit (say which: `milliseconds: {unit: s}`)")
    return Fraction(count) * _UNITS[unit]


MILLISECONDS = Transform(
    name="milliseconds",
    summary=(
        "A length of time in whole milliseconds; from text with units (d, h, m, s, ms) or ISO 8601,"
        " or a number of `unit`."
    ),
    accepts=frozenset(("text", "integer", "number")),
    returns=frozenset(("integer",)),
    parameters={
        "type": "object",
        "properties": {
            "unit": {
                "enum": list(_UNITS),
                "description": "What a plain number counts: days, hours, minutes, seconds or ms.",
            }
        },
        "additionalProperties": False,
    },
    build=_build,
    bare=True,
    examples=(
        Example(1.5, 1500, {"unit": "s"}),
        Example("90", 5_400_000, {"unit": "m"}),
        Example(60500, 60500, {"unit": "ms"}),
        Example("1.5s", 1500),
        Example("1h 30m", 5_400_000),
        Example("250ms", 250),
        Example("PT1M30S", 90_000),
        Example("P1DT0.5S", 86_400_500),
        Example(90, error="is a number without a unit"),
        Example("P1M", error="is no length of time"),
        Example(-1, None, {"unit": "s"}, error="below zero"),
    ),
)
