"""The one way out: every request to a destination passes here, paced, bounded and recorded."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from sendoff.answer import Answer, ErrorKind, HttpError
from sendoff.http.deadline import Deadline, Overdue
from sendoff.http.errand import Departures, under
from sendoff.http.exchange import Exchange

if TYPE_CHECKING:
    from sendoff.http.client import Http
    from sendoff.http.coding import Coding

__all__ = [
    "Answer", "Coding", "Deadline", "Departures", "ErrorKind", "Exchange", "Http", "HttpError",
    "Overdue", "under",
]  # fmt: skip

_HOMES: Final = {"Coding": "sendoff.http.coding", "Http": "sendoff.http.client"}


def __getattr__(name: str) -> Any:
    # Imported when first used: what only looks at a destination, as `check` and `preview` do,
    # starts in half the time without httpx.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
