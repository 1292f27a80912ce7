"""How a request proves who sent it."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS_OF: Final[Mapping[str | None, tuple[str, ...]]] = {
    "none": (),
    "bearer": ("token",),
    "basic": ("user", "password"),
    "hmac": ("secret",),
}
"""What each type of `auth` takes beside its name."""

HEADERS_OF: Final[Mapping[str | None, tuple[str, ...]]] = {
    "bearer": ("authorization",),
    "basic": ("authorization",),
    "hmac": ("x-timestamp", "x-signature"),
}
"""Which headers a type sets."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def proof(auth: Mapping[str, str], body: bytes, now: datetime) -> dict[str, str]:
    """The headers that vouch for a body; none for Basic, which the HTTP client writes itself."""
    if auth["type"] == "bearer":
        return {"authorization": f"Bearer {auth['token']}"}
    if auth["type"] == "hmac":
        return signature(auth["secret"], body, now)
    return {}


def basic(auth: Mapping[str, str]) -> tuple[str, str] | None:
    """User and password, where they are asked for."""
    return (auth["user"], auth["password"]) if auth["type"] == "basic" else None


def signature(secret: str, body: bytes, now: datetime) -> dict[str, str]:
    """HMAC-SHA256 over the time in milliseconds, a dot and the body before compression.

    With the time in it, a receiver can refuse what somebody recorded and sends again later.
    """
    timestamp = str((now - _EPOCH) // timedelta(milliseconds=1))
    digest = hmac.digest(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hex()
    return {"x-timestamp": timestamp, "x-signature": f"sha256={digest}"}
