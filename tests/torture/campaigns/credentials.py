"""What schemathesis proves itself with: the write key, and for signed requests a signature.

It imports this by SCHEMATHESIS_HOOKS, in a process of its own.
"""

from __future__ import annotations

import hmac
import time
from hashlib import sha256

import schemathesis
from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth

WRITE_KEY = "the-write-key-of-acme"
SIGNING_SECRET = "the-signing-secret-of-acme"  # noqa: S105 - of a server that is a minute old


class Signature(AuthBase):
    """Signs a request as Datafly's servers do, now."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        body = request.body or b""
        content = body if isinstance(body, bytes) else str(body).encode()
        at = str(int(time.time() * 1000))
        signed = hmac.new(SIGNING_SECRET.encode(), at.encode() + b"." + content, sha256)
        request.headers["X-Timestamp"] = at
        request.headers["X-Signature"] = f"sha256={signed.hexdigest()}"
        return request


_prove = schemathesis.auth.set_from_requests  # type: ignore[attr-defined]  # its types miss it
_prove(Signature()).apply_to(path="/v1/events")
_prove(HTTPBasicAuth(WRITE_KEY, "")).skip_for(path="/v1/events")
