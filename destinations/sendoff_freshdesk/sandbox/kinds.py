"""The kinds of value an attribute takes, and what the vendor says of a wrong one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sendoff_freshdesk.sandbox.answers import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_EMAIL = re.compile(r'[^\s@,;:<>()"]+@[^\s@,;:<>()"]+\.[^\s@.,;:<>()"]+')
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type by the vendor's name for it, and what a value of that type must also be.

    `fault` gives the message for a value of the right type that is still wrong, or None.
    """

    name: str
    holds: Callable[[object], bool]
    fault: Callable[[object], str | None] = lambda _value: None

    def entry(self, field: str, value: object) -> Entry | None:
        """What is wrong with `value` in `field`; null is never wrong here, it means no value."""
        if value is None:
            return None
        if not self.holds(value):
            message = f"Value set is of type {_name(value)}. It should be a/an {self.name}"
            return Entry(field, message, "datatype_mismatch")
        message_or_none = self.fault(value)
        return Entry(field, message_or_none, "invalid_value") if message_or_none else None


def _name(value: object) -> str:
    """The vendor's name for the type of a JSON value."""
    names = {
        bool: "Boolean",
        int: "Integer",
        float: "Float",
        str: "String",
        list: "Array",
        dict: "key/value pair",
    }
    return names.get(type(value), "Null")


def is_text(value: object) -> bool:
    """Whether this is JSON text."""
    return isinstance(value, str)


def is_integer(value: object) -> bool:
    """Whether this is a JSON integer; true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return is_integer(value) or isinstance(value, float)


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _email_fault(value: object) -> str | None:
    return None if _EMAIL.fullmatch(str(value)) else "It should be in the 'valid email' format"


def _date_fault(value: object) -> str | None:
    return None if _is_date(str(value)) else "It should be in the 'yyyy-mm-dd' format"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    # Python reads further ISO forms, such as 20260131; the vendor takes this one only.
    return _DATE.fullmatch(text) is not None


TEXT = Kind("String", is_text)
EMAIL = Kind("String", is_text, _email_fault)
INTEGER = Kind("Integer", is_integer)
NUMBER = Kind("Number", _is_number)
BOOLEAN = Kind("Boolean", lambda value: isinstance(value, bool))
DATE = Kind("Date", is_text, _date_fault)
OBJECT = Kind(
    "key/value pair",
    lambda value: isinstance(value, dict) and all(map(_is_scalar, value.values())),
)


def one_of(choices: Collection[str]) -> Kind:
    """Text that is one of `choices`; the message lists them, as the vendor's does."""
    message = "It should be one of these values: '" + ",".join(choices) + "'"
    return Kind("String", is_text, lambda value: None if value in choices else message)


def list_of(item: Kind, most: int | None = None) -> Kind:
    """A JSON array of `item`, with at most `most` elements."""

    def holds(value: object) -> bool:
        return isinstance(value, list) and all(map(item.holds, value))

    def fault(value: object) -> str | None:
        elements = value if isinstance(value, list) else []
        if most is not None and len(elements) > most:
            return f"There can be at most {most} elements"
        return next((found for found in map(item.fault, elements) if found), None)

    return Kind(f"Array of {item.name}", holds, fault)
