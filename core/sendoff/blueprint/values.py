"""What counts as a value, for conditions, fields and payloads alike."""

from __future__ import annotations

from math import isfinite
from typing import Any

from sendoff.documents.excerpt import excerpt


def has_value(value: Any) -> bool:
    """True for anything but missing, null, blank text and an empty list or object.

    Zero and false are values. NaN and infinity, which no event has and a transform might give,
    are none: JSON would write them as null.
    """
    if value is None:
        return False
    kind = type(value)
    if kind is str:
        return bool(value) and not value.isspace()
    if kind is dict or kind is list:
        return bool(value)
    return kind is not float or isfinite(value)


def pruned(value: Any) -> Any:
    """The value as a payload may hold it: what has no value is left out at every depth.

    None when nothing is left. Objects and lists are new ones; the value given is never changed.
    """
    kind = type(value)
    if kind is dict:
        members = {}
        for key, inner in value.items():
            # The commonest first: a call would cost more than the question.
            kind = type(inner)
            if kind is str:
                if inner and not inner.isspace():
                    members[key] = inner
            elif kind is int or (inner := pruned(inner)) is not None:
                members[key] = inner
        return members or None
    if kind is list:
        items = [kept for inner in value if (kept := pruned(inner)) is not None]
        return items or None
    return value if has_value(value) else None


def pruned_to_read(value: Any) -> Any:
    """The same for what is only read on: where nothing is to be left out, the value itself."""
    if type(value) is not dict or not value:
        return pruned(value)
    for inner in value.values():
        kind = type(inner)
        if kind is not int and (kind is not str or not inner or inner.isspace()):
            return pruned(value)
    return value


def shown(value: Any) -> str:
    """A value of a document in a message for people: text and numbers themselves, else the kind."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{excerpt(value)}"'
    if isinstance(value, int | float):
        return str(value)
    return "a list" if isinstance(value, list) else "a mapping"
