"""Who sent a request: what a receiver checks before it believes the body."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.testing.sandbox import Request

SKEW: Final = 5 * 60
"""Seconds that a signed time may be off: a recorded request cannot be sent again much later."""

_MILLISECONDS: Final = re.compile(r"[0-9]{1,16}")


def problem(auth: Mapping[str, str], request: Request, body: bytes, now: float) -> str:
    """What is wrong with the proof of a request, empty for nothing; quotes no secret.

    `body` is the request's before compression, `now` seconds since the epoch.
    """
    if auth["type"] == "bearer":
        return _bearer(auth["token"], request)
    if auth["type"] == "basic":
        return _basic(auth["user"], auth["password"], request)
    if auth["type"] == "hmac":
        return _signed(auth["secret"], request, body, now)
    return ""


def _bearer(token: str, request: Request) -> str:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return "there is no bearer token in Authorization"
    return "" if _same(given.strip(), token) else "the bearer token is wrong"


def _basic(user: str, password: str, request: Request) -> str:
    if request.credentials is None:
        return "there is no user and password in Authorization"
    given_user, given_password = request.credentials
    # Both are compared whatever the first one says: how long it takes tells nothing.
    right = _same(given_user, user) & _same(given_password, password)
    return "" if right else "user or password are wrong"


def _signed(secret: str, request: Request, body: bytes, now: float) -> str:
    timestamp = request.headers.get("x-timestamp", "")
    signature = request.headers.get("x-signature", "")
    if not timestamp or not signature:
        return "there is no X-Timestamp with an X-Signature"
    if not _MILLISECONDS.fullmatch(timestamp):
        return "X-Timestamp is no time in milliseconds"
    expected = hmac.digest(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hex()
    if not _same(signature, f"sha256={expected}"):
        return "X-Signature does not fit the body, the time and the secret"
    ahead = int(timestamp) / 1000 - now
    if abs(ahead) > SKEW:
        side = "ahead" if ahead > 0 else "ago"
        return f"X-Timestamp is {abs(ahead):.0f} seconds {side}, more than {SKEW}"
    return ""


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
