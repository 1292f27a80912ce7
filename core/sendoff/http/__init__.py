"""The one way out: every request to a destination passes here, paced, bounded and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.answer import Answer, ErrorKind, HttpError
from sendoff.http.deadline import Deadline, Overdue
from sendoff.http.errand import Departures, under
from sendoff.http.exchange import Exchange

if TYPE_CHECKING:
    from sendoff.http.client import Http

__all__ = [
    "Answer", "Deadline", "Departures", "ErrorKind", "Exchange", "Http", "HttpError", "Overdue",
    "under",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    # Imported when first used: what only looks at a destination, as `check` and `preview` do,
    # starts in half the time without httpx.
    if name != "Http":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sendoff.http.client import Http  # noqa: PLC0415

    return Http
