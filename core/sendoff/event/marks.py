"""Marks: what was odd in a message that is an event all the same.

A mark is a stable code, with the place where that helps: `traits_ignored: $.context.traits`.
The code says what was done, the place where to look.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

Mark = Callable[[str], None]
"""What a reader calls when it meets something odd."""

MAX_MARKS: Final = 20
"""Marks kept of one event, so that a hostile one cannot fill a journal."""

_MAX_KEY: Final = 64
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def path(parent: str, key: str) -> str:
    """The path of `key` in the object at `parent`, written as a blueprint writes it."""
    key = key[:_MAX_KEY]
    return f"{parent}.{key}" if _PLAIN_KEY.fullmatch(key) else f'{parent}."{key}"'


def json_kind(value: object) -> str:
    """What a decoded value is, in JSON's words and with its article: `a list`."""
    return _KINDS.get(type(value), "an object")


_KINDS: Final[dict[type, str]] = {
    type(None): "null",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a fraction or exponent",
    str: "text",
    list: "a list",
}
