"""What an answer means where the destination has no row of its own for it."""

from __future__ import annotations

from typing import Final

from sendoff.answer import ERROR_KINDS
from sendoff.responses.rule import ResponseRule

CHECK_ADDRESS: Final = "Check the address in the route's settings."
CHECK_CREDENTIALS: Final = "Check the credentials in the route's settings and what they may do."

DEFAULT_RULES: Final = (
    ResponseRule("delivered", status="2xx"),
    ResponseRule(
        "needs_operator",
        "redirected",
        f"The server answers {{status}}, a redirect, which is not followed. {CHECK_ADDRESS}",
        status="3xx",
    ),
    ResponseRule(
        "needs_operator",
        "credentials_refused",
        f"The server answers {{status}}. {CHECK_CREDENTIALS}",
        status=(401, 402, 403, 407),
    ),
    ResponseRule(
        "needs_operator",
        "wrong_address",
        f"The server answers {{status}}: there is nothing to deliver to. {CHECK_ADDRESS}",
        status=(404, 405, 410),
    ),
    ResponseRule("rejected", "conflict", status=409),
    ResponseRule("retry", "request_timeout", status=408),
    ResponseRule("too_large", status=413),
    ResponseRule("retry", "not_yet", status=(423, 425)),
    ResponseRule("throttled", status=429),
    ResponseRule("rejected", "invalid_request", status=(400, 422)),
    ResponseRule("rejected", "refused", "The server answers {status}.", status="4xx"),
    # 501 and 503 are said instead of doing the work. After any other 5xx the server, or the one
    # behind the gateway, may have done it and failed later. Neither speaks of the account's quota:
    # Retry-After with a 503 is followed for what was in the request alone.
    ResponseRule("retry", "unavailable", status=(501, 503)),
    ResponseRule("retry", "server_error", status="5xx", maybe_delivered=True),
    ResponseRule("needs_operator", "forbidden", error="forbidden"),
    ResponseRule("retry", error=ERROR_KINDS),
    ResponseRule(
        "needs_operator",
        "unexpected_status",
        f"The server answers {{status}}, which means nothing here. {CHECK_ADDRESS}",
    ),
)
"""Core's rows, one of which always matches.

A conflict is final, since only the destination knows whether it means that all is well. What is
wrong with the address or the credentials holds the route, so that no event is lost to it.
"""
