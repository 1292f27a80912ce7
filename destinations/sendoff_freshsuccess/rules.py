"""What Freshsuccess's answers mean for a delivery: a table of response rules, and what to do."""

from __future__ import annotations

from typing import Final

from sendoff.responses import ResponseRule

CHECK_KEYS: Final = (
    "Check that `auth_key` and `api_key` are not swapped (the JavaScript library takes them the"
    " other way round), that both belong to the same source, and that the account is in this data"
    " centre."
)

RULES: Final = (
    # Freshsuccess answers 400 for a wrong method or path alone. Events never cause one, so there
    # is no bad one to look for among them.
    ResponseRule(
        "needs_operator",
        "keys_refused",
        f"Freshsuccess does not know this pair of keys. {CHECK_KEYS}",
        status=400,
    ),
    ResponseRule("retry", "request_timeout", status=408),
    ResponseRule(
        "too_large",
        fix="Freshsuccess, or something in front of it, refuses a request of this size.",
        status=413,
    ),
    ResponseRule("retry", "not_yet", status=(423, 425)),
    ResponseRule("throttled", status=429),
    # Freshsuccess documents 200 and 400 alone, and no answer that is about an event. So any other
    # refusal is about the route, and no event is to be given up for it.
    ResponseRule(
        "needs_operator",
        "unexpected_status",
        "The answer is {status}, which Freshsuccess does not give: something between here and"
        " Freshsuccess may answer in its place. Check the network (a proxy or a firewall),"
        " `datacenter` and `base_url`.",
        status="4xx",
    ),
)
"""The destination's rows; core's own follow."""
