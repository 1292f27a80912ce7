"""What one route does with one event, and why."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final, Literal

import msgspec

Verdict = Literal["send", "drop", "dead", "duplicate"]

DROP_REASONS = ("integration_disabled", "anonymous", "no_consent", "no_rule")
DEAD_REASONS = ("invalid_event", "missing_field", "mapping_error", "invalid_payload")
_SENT_ONCE: Final = "\x000"  # a resend number of 0, the commonest by far


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One route's decision about one event.

    *send*: `rule`, `action`, `body` (the payload as JSON bytes, valid against the action's
    schema), `delivery_id`, `order_key` and `write` are set. *drop* (on purpose) and *dead* (it
    should have been sent and cannot be; kept, can be replayed): `reason` is one of the names above
    and `detail` says what was found where. *duplicate*: the event was decided before. `route` is
    None where the event never came to a route. `blueprint` is what decided: name, version and the
    start of its hash, blank without a route. `warnings` tell what was odd about the event, as
    stable codes with places. `resend` is how often the delivery was sent again on purpose:
    `delivery_id` is that of the last time.
    """

    route: str | None
    verdict: Verdict
    reason: str = ""
    detail: str = ""
    rule: str = ""
    action: str = ""
    body: bytes = b""
    delivery_id: str = ""
    order_key: str = ""
    write: dict[str, str] = {}
    blueprint: str = ""
    warnings: tuple[str, ...] = ()
    resend: int = 0

    @property
    def payload(self) -> dict[str, Any] | None:
        """The wire object of a *send*, decoded afresh; else None."""
        if not self.body:
            return None
        payload: dict[str, Any] = msgspec.json.decode(self.body)
        return payload


class DeliveryIds:
    """The ids of one route's deliveries; what is the same for all of them is hashed once."""

    __slots__ = ("_begun",)

    def __init__(self, route: str) -> None:
        self._begun = blake2b(f"{route}\0".encode(), digest_size=16)

    def of(self, event_key: str, resend: int = 0) -> str:
        """The id of an event's delivery, in hex: the same event always gets the same.

        Payload, blueprint and clock have no part in it, so an event sent twice is delivered once.
        A resend on purpose raises the number.
        """
        hashed = self._begun.copy()
        number = f"\0{resend}" if resend else _SENT_ONCE
        hashed.update((event_key + number).encode())
        return hashed.hexdigest()
