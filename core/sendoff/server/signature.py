"""Datafly's signature of a request: HMAC-SHA256 over its timestamp, a dot and its body."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

from sendoff.server.refusal import Refused

_SKEW: Final = 300.0
_DIGITS: Final = 15
_PREFIX: Final = "sha256="


def check_signature(
    secret: str | None, body: bytes, *, signature: str | None, timestamp: str | None, now: float
) -> None:
    """Raise Refused unless `X-Signature` signs the body as it was sent, not five minutes away.

    `timestamp` is `X-Timestamp`, in milliseconds; `now` is seconds since 1970.
    """
    if not secret:
        raise Refused(
            401, "no_signing_secret",
            "signed requests are not taken: set `server.signing_secret` in the pipeline file",
        )  # fmt: skip
    if not signature or not timestamp:
        raise Refused(401, "missing_signature", "X-Signature and X-Timestamp are needed")
    signed = timestamp.encode() + b"." + body
    right = _PREFIX + hmac.new(secret.encode(), signed, sha256).hexdigest()
    given = signature.strip().lower().encode("utf-8", "replace")
    if not hmac.compare_digest(right.encode(), given):
        raise Refused(401, "invalid_signature", "X-Signature does not sign this body")
    if not _is_near(timestamp, now):
        raise Refused(
            401, "stale_signature", "X-Timestamp is not within five minutes of this server's clock"
        )


def _is_near(timestamp: str, now: float) -> bool:
    text = timestamp.strip()
    if not (text.isdecimal() and len(text) <= _DIGITS):
        return False
    return abs(int(text) / 1000 - now) <= _SKEW
