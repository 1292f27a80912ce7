"""Ids: what may be one, and where the account's and the session's are found."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sendoff.event.marks import json_kind
from sendoff.event.timestamps import window

if TYPE_CHECKING:
    from sendoff.event.marks import Mark

_ACCOUNT_PLACES: Final = (
    "$.context.groupId",
    "$.properties.groupId",
    "$.properties.accountId",
    "$.traits.groupId",
    "$.traits.accountId",
)
_SESSION_PLACES: Final = (
    "$.context.sessionId",
    "$.context.session_id",
    "$.properties.sessionId",
    "$.properties.session_id",
)
# Most events name neither, and finding that out must cost next to nothing.
_NO_ACCOUNT: Final = (None,) * len(_ACCOUNT_PLACES)
_NO_SESSION: Final = (None,) * len(_SESSION_PLACES)

Object = dict[str, Any]


def id_text(value: object) -> str | None:
    """The id as text, as it was sent; a whole number in decimal digits.

    None for null and blank text. An id is not trimmed: it has to be found again where it came
    from. Raises ValueError, worded for the sender, for anything else: a
    float has lost digits or means nothing as an id (`12345.0` is not `12345`).
    """
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"an id is text or a whole number, not {json_kind(value)}")


def account_id(context: Object, properties: Object, traits: Object, mark: Mark) -> str | None:
    """The account that a call which is no group call names, the most explicit place first."""
    candidates = (
        context.get("groupId"),
        properties.get("groupId"),
        properties.get("accountId"),
        traits.get("groupId"),
        traits.get("accountId"),
    )
    if candidates == _NO_ACCOUNT:
        return None
    return _first_id(candidates, _ACCOUNT_PLACES, "account_ignored", mark)


def session_id(context: Object, properties: Object, mark: Mark) -> str | None:
    """The session id a client sent: of all measured SDKs only RudderStack's browser one does."""
    candidates = (
        context.get("sessionId"),
        context.get("session_id"),
        properties.get("sessionId"),
        properties.get("session_id"),
    )
    if candidates == _NO_SESSION:
        return None
    return _first_id(candidates, _SESSION_PLACES, "session_ignored", mark)


def derived_session_id(account: str | None, user: str | None, timestamp: str) -> str | None:
    """A session id made of who and of the 30-minute window of `timestamp`.

    The same event gives the same id whenever and wherever it is read. None when there is neither
    an account nor a user: strangers do not share a session.
    """
    if account is None and user is None:
        return None
    key = msgspec.json.encode([account, user, window(timestamp)])
    return blake2b(key, digest_size=16).hexdigest()


def _first_id(
    candidates: tuple[object, ...], places: tuple[str, ...], code: str, mark: Mark
) -> str | None:
    """The first candidate that is an id; what cannot be one is passed over and marked."""
    for number, candidate in enumerate(candidates):
        if candidate is None:
            continue
        if type(candidate) is str and candidate and not candidate.isspace():
            return candidate
        try:
            found = id_text(candidate)
        except ValueError:
            mark(f"{code}: {places[number]}")
            continue
        if found is not None:
            return found
    return None
