"""A mapped payload on its way, and how an attempt to deliver it can end."""

from __future__ import annotations

# At run time too: what stands in a store, or crosses to another process, is read by these types.
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec


class Delivery(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One payload for one route.

    New fields come last and have a default: stores keep them by their order.

    `body` is the payload as JSON bytes, already valid against the action's schema. `order_key`
    names whose deliveries must stay in order. `write` holds the write policy of the targets that
    declare one. `attempt` counts from 1; `maybe_delivered` tells that an earlier attempt ended
    without an answer and may have worked. `person` is whose consent it rests on; `resend` how often
    it was sent again on purpose.
    """

    id: str
    route: str
    action: str
    body: bytes
    order_key: str
    event_key: str
    message_id: str | None = None
    rule: str = ""
    write: Mapping[str, str] = {}
    attempt: int = 1
    maybe_delivered: bool = False
    person: str = ""
    resend: int = 0

    @property
    def payload(self) -> dict[str, Any]:
        """The wire object, decoded afresh: a destination may change its copy."""
        payload: dict[str, Any] = msgspec.json.decode(self.body)
        return payload


@dataclass(frozen=True, slots=True)
class Delivered:
    """The destination has it."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Final and fine: there was nothing to do, such as a contact that is already there."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """It may work later. `after` is in seconds; None leaves the wait to the retry policy.

    `maybe_delivered` is set when the request went out and no answer came back.
    """

    reason: str
    after: float | None = None
    maybe_delivered: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Throttled:
    """The account has to wait `after` seconds. Burns no attempt."""

    after: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The whole batch was refused for its size or as a whole; the worker halves it."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """It can never work as it is: dead, with the vendor's words in `detail`."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NeedsOperator:
    """Nothing on this route can work until a person acts. Burns no attempt."""

    reason: str
    detail: str = ""


Outcome = Delivered | Skipped | Retry | Throttled | TooLarge | Rejected | NeedsOperator
"""What an attempt came to, named for who must act next. Match it exhaustively."""
