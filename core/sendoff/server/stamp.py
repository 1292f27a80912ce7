"""What is put into events on their arrival: what the path, the batch and the connection know."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

from sendoff.event import MAX_BYTES
from sendoff.server.cutting import Members, members_of, object_of
from sendoff.server.refusal import Refused

_MAYBE_DIRECT: Final = b'"direct"'


@dataclass(frozen=True, slots=True)
class Stamp:
    """`call` is the type that a path says, `context` and `integrations` go under an event's own.

    `ip` is the address it came from: SDKs do not send it. Segment fills it in for browsers, and for
    others that ask for it by `context.direct`; so it is put `everywhere`, or where that is said.
    """

    call: str = ""
    context: Members = field(default_factory=dict)
    integrations: Members = field(default_factory=dict)
    ip: str = ""
    everywhere: bool = False

    @property
    def says_anything(self) -> bool:
        """Whether any event could change by it."""
        return bool(self.call or self.context or self.integrations or self.ip)

    @property
    def size(self) -> int:
        """How many bytes it may add to each event, but for a few."""
        shared = (self.context, self.integrations)
        return sum(len(key) + len(value) for each in shared for key, value in each.items())

    def concerns(self, item: bytes) -> bool:
        """Whether an event could change by it, which takes time; one that is too large is none."""
        if len(item) > MAX_BYTES:
            return False
        return bool(self.call or self.context or self.integrations) or self._has_ip(item)

    def put_on(self, item: bytes) -> bytes:
        """The event with what is known beside it; as it was where it says all that, or is none."""
        if not self.concerns(item):
            return item
        before = members_of(item)
        if before is None:
            return item
        after = dict(before)
        if self.call:
            after["type"] = f'"{self.call}"'.encode()
        _put_under(after, "integrations", self.integrations)
        _put_under(after, "context", self.context)
        if self._has_ip(item) and (self.everywhere or _is_direct(after)):
            _put_under(after, "context", {"ip": json.dumps(self.ip).encode()})
        return item if after == before else object_of(after)

    def _has_ip(self, item: bytes) -> bool:
        return bool(self.ip) and (self.everywhere or _MAYBE_DIRECT in item)


def shared_too_much(limit: int) -> Refused:
    """For a batch whose own context and integrations would take too much under its events."""
    return Refused(
        413, "body_too_large",
        f"put under its events, `context` and `integrations` of the batch are more than {limit}"
        " bytes, the limit: put them into the events that need them",
    )  # fmt: skip


def _put_under(event: Members, name: str, shared: Members) -> None:
    """Give an object of the event the members it has none of; what is no object stays."""
    if not shared:
        return
    own = event.get(name, b"null")
    members = {} if own.strip() == b"null" else members_of(own)
    if members is not None and not shared.keys() <= members.keys():
        event[name] = object_of({**shared, **members})


def _is_direct(event: Members) -> bool:
    context = members_of(event.get("context", b"null"))
    return context is not None and context.get("direct") == b"true"
