"""The kinds of value that a toxic's attributes take: how each is read, written and judged."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_REAL = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_DURATION = re.compile(rf"({_REAL})(ms|s|m)?", re.ASCII)
_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, None: 1.0}
_LONGEST_WITHOUT_UNIT = 60
_NAME = re.compile(r"[A-Za-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    `read` gives the value a text stands for, KeyError or ValueError for nonsense; `holds` judges a
    value and `rule` words what it demands ("must be …"); `write` gives a text that `read` takes.
    """

    unit: str
    rule: str
    read: Callable[[str], object]
    holds: Callable[[Any], bool]
    write: Callable[[Any], str] = str


def _read_whole(text: str) -> int:
    return int(_matched(r"\d+", text))


def _read_real(text: str) -> float:
    return float(_matched(_REAL, text))


def _matched(pattern: str, text: str) -> str:
    # Python's own int and float take more than people write: 1_000, nan, blanks.
    if re.fullmatch(pattern, text, re.ASCII) is None:
        raise ValueError(text)
    return text


def _read_seconds(text: str) -> float:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(text)
    count, unit = found.groups()
    seconds = float(count) * _SECONDS[unit]
    if unit is None and seconds > _LONGEST_WITHOUT_UNIT:
        # Toxiproxy's times are milliseconds: whoever writes 1000 hardly means 17 minutes.
        raise ValueError(text)
    return seconds


def _read_times(text: str) -> int | None:
    return None if text == "all" else _read_whole(text)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and value >= 0


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and _is_number(value)


def _is_pattern(value: object) -> bool:
    try:
        re.compile(value)  # type: ignore[call-overload]
    except (re.error, TypeError):
        return False
    return True


SECONDS = Kind(
    "seconds",
    "must be a length of time: 200ms, 0.2s, 1m (a number without a unit is seconds, up to 60)",
    _read_seconds,
    _is_number,
    lambda value: str(value).removesuffix(".0") + "s",
)
RATE = Kind(
    "KB/s, 1 KB = 1000 bytes",
    "must be a number of KB/s above 0",
    _read_real,
    lambda value: _is_number(value) and value > 0,
)
BYTES = Kind("bytes", "must be a whole number of bytes, 0 or more", _read_whole, _is_whole)
SIZE = Kind(
    "bytes",
    "must be a whole number of bytes, 1 or more",
    _read_whole,
    lambda value: _is_whole(value) and value > 0,
)
CHANCE = Kind(
    "probability",
    "must be a number from 0 to 1",
    _read_real,
    lambda value: _is_number(value) and value <= 1,
)
TIMES = Kind(
    "times",
    "must be a whole number, 1 or more, or all",
    _read_times,
    lambda value: value is None or (_is_whole(value) and value > 0),
    lambda value: "all" if value is None else str(value),
)
FLAG = Kind(
    "true or false",
    "must be true or false",
    lambda text: {"true": True, "false": False}[text],
    lambda value: isinstance(value, bool),
    lambda value: str(value).lower(),
)
STREAM = Kind(
    "upstream or downstream",
    "must be upstream (what the client sends) or downstream (what it gets)",
    str,
    lambda value: value in {"upstream", "downstream"},
)
PATTERN = Kind("regular expression", "must be a regular expression of Python", str, _is_pattern)
NAME = Kind(
    "name",
    "must be of letters, digits, dots, dashes and underscores",
    str,
    lambda value: isinstance(value, str) and _NAME.fullmatch(value) is not None,
)
