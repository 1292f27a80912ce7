"""Transforms between numbers, booleans and their texts."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from sendoff.blueprint.transforms.definition import Example, Transform, TransformError, unfit

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DIGITS = 100
"""Longer numbers are refused: reading and writing them costs the square of their length."""

_LIMIT = 10**MAX_DIGITS
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_BITS: dict[float, bool] = {0: False, 1: True}
_LONGEST_BOOLEAN = 5


def bounded(value: int) -> int:
    """The whole number itself; raises TransformError over `MAX_DIGITS` digits."""
    if -_LIMIT < value < _LIMIT:
        return value
    raise TransformError(f"is a number of more than {MAX_DIGITS} digits")


def written(value: Any) -> str:
    """A scalar as text, equal numbers alike: 1 and 1.0 are "1", 0.5 is "0.5", true is "true"."""
    if type(value) is str:
        return value
    if type(value) is int:
        return str(bounded(value))
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float:
        return str(bounded(int(value))) if value.is_integer() else repr(value)
    raise unfit(value, "text", "number", "boolean")


def whole(text: str) -> int | None:
    """The whole number that a text without white space around it writes in ASCII digits, if any."""
    digits = text[1:] if text[:1] in "+-" else text
    if not (digits.isascii() and digits.isdecimal()):
        return None
    if len(digits) > MAX_DIGITS:
        raise TransformError(f"is a number of more than {MAX_DIGITS} digits")
    return int(text)


def _build_integer(_parameters: None) -> Callable[[Any], int]:
    def integer(value: Any) -> int:
        if type(value) is int:
            return bounded(value)
        if type(value) is str:
            found = whole(value.strip())
            if found is None:
                raise TransformError("is text that is no whole number")
            return found
        if type(value) is not float:
            raise unfit(value, "text", "number")
        if not value.is_integer():
            raise TransformError("is a number that is not whole")
        return bounded(int(value))

    return integer


def _build_number(_parameters: None) -> Callable[[Any], float]:
    def number(value: Any) -> float:
        if type(value) is int:
            return bounded(value)
        if type(value) is float:
            return value
        if type(value) is not str:
            raise unfit(value, "text", "number")
        text = value.strip()
        found = whole(text)
        return _decimal(text) if found is None else found

    return number


def _decimal(text: str) -> float:
    if len(text) > MAX_DIGITS or not _NUMBER.fullmatch(text):
        raise TransformError("is text that is no number")
    value = float(text)
    if math.isinf(value):
        raise TransformError("is a number too large for 64 bits")
    return value


def _build_boolean(_parameters: None) -> Callable[[Any], bool]:
    def boolean(value: Any) -> bool:
        if type(value) is bool:
            return value
        if type(value) is str:
            word = value.strip()
            found = _BOOLEANS.get(word.lower()) if len(word) <= _LONGEST_BOOLEAN else None
        elif type(value) is int or type(value) is float:
            found = _BITS.get(value)
        else:
            raise unfit(value, "boolean", "text", "number")
        if found is None:
            raise TransformError("is neither true, yes, 1 nor false, no, 0")
        return found

    return boolean


def _build_string(_parameters: None) -> Callable[[Any], str]:
    return written


INTEGER = Transform(
    name="integer",
    summary="A whole number, from a number without a fraction or a text of decimal digits.",
    accepts=frozenset(("text", "integer", "number")),
    returns=frozenset(("integer",)),
    parameters=None,
    build=_build_integer,
    bare=True,
    examples=(
        Example(" 42 ", 42),
        Example("-7", -7),
        Example(12.0, 12),
        Example("123456789012345678901234567890", 123456789012345678901234567890),
        Example("12.5", error="is text that is no whole number"),
        Example(12.5, error="is a number that is not whole"),
        Example(True, error="takes text or a number, not a boolean"),
    ),
)

NUMBER = Transform(
    name="number",
    summary="A number, from a text of decimal digits with or without point and exponent.",
    accepts=frozenset(("text", "integer", "number")),
    returns=frozenset(("integer", "number")),
    parameters=None,
    build=_build_number,
    bare=True,
    examples=(
        Example(" 12.50 ", 12.5),
        Example("1e3", 1000.0),
        Example("12", 12),
        Example(7, 7),
        Example("1,234.50", error="is text that is no number"),
        Example("NaN", error="is text that is no number"),
        Example("1e999", error="is a number too large for 64 bits"),
    ),
)

BOOLEAN = Transform(
    name="boolean",
    summary="True for true, yes and 1; false for false, no and 0; in any case, text or number.",
    accepts=frozenset(("boolean", "text", "integer", "number")),
    returns=frozenset(("boolean",)),
    parameters=None,
    build=_build_boolean,
    bare=True,
    examples=(
        Example(" Yes ", True),
        Example("FALSE", False),
        Example(0, False),
        Example(True, True),
        Example("on", error="is neither true, yes, 1 nor false, no, 0"),
    ),
)

STRING = Transform(
    name="string",
    summary="A number or a boolean as text, exactly; a whole number without point or exponent.",
    accepts=frozenset(("text", "integer", "number", "boolean")),
    returns=frozenset(("text",)),
    parameters=None,
    build=_build_string,
    bare=True,
    on_text=str,
    examples=(
        Example(42, "42"),
        Example(1.0, "1"),
        Example(0.1, "0.1"),
        Example(True, "true"),
        Example("as it is", "as it is"),
        Example([1], error="takes text, a number or a boolean, not a list"),
    ),
)
