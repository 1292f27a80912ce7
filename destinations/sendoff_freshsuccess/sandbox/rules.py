"""Which lines the collector keeps: the vendor's format, read strictly.

Freshsuccess documents the format and says that invalid events are silently dropped, but not which
are invalid. R1 to R9 are the strict reading of the documented format. R10 and R11 are sendoff's
own: the vendor may well keep such an event.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Event = dict[str, Any]
Type = Literal["text", "a number", "an object"]

_BASE: Final[Mapping[str, Type]] = {
    "accountId": "text",
    "userId": "text",
    "createdAt": "a number",
    "action": "text",
    "sessionId": "text",
}
_REQUIRED: Final[Mapping[str, Mapping[str, Type]]] = {
    "feature": {"feature": "text"},
    "moduleEnd": {"module": "text", "timeSpent": "a number"},
    "sessionSync": {"activeDuration": "a number"},
    "identifyUser": {"details": "an object"},
    "identifyAccount": {"details": "an object"},
}
_OPTIONAL: Final[Mapping[str, Mapping[str, Type]]] = {
    "feature": {"module": "text", "product": "text", "total": "a number", "details": "an object"},
    "moduleEnd": {"product": "text"},
}
_SUMMED: Final = ("total", "timeSpent", "activeDuration")

_YEAR_2000: Final = 946_684_800_000  # as seconds, a date 30,000 years away
_AHEAD: Final = 5 * 60 * 1000  # milliseconds that clocks may differ


class Dropped(Exception):  # noqa: N818 - what becomes of a line, not a fault of the program
    """The line is not kept, for breaking this rule."""

    def __init__(self, rule: str, reason: str) -> None:
        self.rule = rule
        self.reason = reason
        super().__init__(f"{rule}: {reason}")


def judge(line: bytes) -> Event:
    """The event in a line; raises `Dropped` by the first of the rules R1 to R9 that it breaks."""
    try:
        value: object = msgspec.json.decode(line)
    except (ValueError, RecursionError) as error:
        raise Dropped("R1", f"the line is no JSON: {error}{_likely(line)}") from None
    if not isinstance(value, dict):
        raise Dropped("R2", f"the line is {_kind(value)}, and has to be an object")
    _check(value, _BASE, missing="R3", mistyped="R4", blank="R5")
    action = value["action"]
    if action not in _REQUIRED:
        raise Dropped("R6", f"action is none of {', '.join(_REQUIRED)}, in this spelling")
    _check(value, _REQUIRED[action], missing="R7", mistyped="R8", blank="R8")
    given = {name: of for name, of in _OPTIONAL.get(action, {}).items() if name in value}
    _check(value, given, missing="R8", mistyped="R8", blank="R8")
    return value


def doubts(event: Event, now: float) -> list[Dropped]:
    """What only R10 and R11 hold against an event that is kept; `now` is in milliseconds."""
    found = []
    created = event["createdAt"]
    if created < _YEAR_2000:
        found.append(Dropped("R10", "createdAt is before the year 2000: is it in milliseconds?"))
    elif created > now + _AHEAD:
        found.append(Dropped("R10", "createdAt is more than five minutes ahead"))
    owned = {**_REQUIRED[event["action"]], **_OPTIONAL.get(event["action"], {})}
    negative = [name for name in _SUMMED if name in owned and event.get(name, 0) < 0]
    return found + [Dropped("R11", f"{name} is negative") for name in negative]


def _check(
    event: Event, types: Mapping[str, Type], *, missing: str, mistyped: str, blank: str
) -> None:
    for name in types:
        if event.get(name) is None:
            raise Dropped(missing, f"{name} is {_absence(event, name)}")
    for name, wanted in types.items():
        if problem := _mistyped(event[name], wanted):
            raise Dropped(mistyped, f"{name} {problem}")
    if "createdAt" in types and event["createdAt"] != math.floor(event["createdAt"]):
        raise Dropped(mistyped, "createdAt is no whole number of milliseconds")
    for name, wanted in types.items():
        if wanted == "text" and not event[name].strip():
            raise Dropped(blank, f"{name} is blank")


def _absence(event: Event, name: str) -> str:
    if name in event:
        return "null"
    for given in event:
        if _folded(given) == _folded(name):
            return f"missing: {given} is another spelling, which nobody looks for (R9)"
    return "missing"


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").casefold()


def _mistyped(value: object, wanted: Type) -> str:
    kind = _kind(value)
    if kind != wanted:
        return f"is {kind}, and has to be {wanted}"
    if isinstance(value, int) and not _fits_a_double(value):
        return "is a number too large for anybody to add up"
    return ""


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    kinds = {str: "text", int: "a number", float: "a number", list: "an array", dict: "an object"}
    return kinds[type(value)]


def _fits_a_double(number: int) -> bool:
    try:
        float(number)
    except OverflowError:
        return False
    return True


def _likely(line: bytes) -> str:
    """What the first bytes of a line that is no JSON give away."""
    return next(_guesses(line), "")


def _guesses(line: bytes) -> Iterator[str]:
    if line.startswith(b"\x1f\x8b"):
        yield " (it looks like gzip: is Content-Encoding missing?)"
    if line.startswith(b"\xef\xbb\xbf"):
        yield " (it begins with a byte-order mark)"
    if line.endswith(b","):
        yield " (it ends in a comma; nothing stands between events but the end of the line)"
