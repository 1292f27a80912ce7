"""What is put into events on their arrival: what the path, the batch and the connection know."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sendoff.server.cutting import Members, members_of, object_of

if TYPE_CHECKING:
    from sendoff.server.parcel import Parcel

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

    def put_on(self, item: bytes) -> bytes:
        """The event with what is known beside it; as it was where it says all that, or is none."""
        if not (self.call or self.context or self.integrations or self._has_ip(item)):
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


def stamped(parcel: Parcel, stamp: Stamp) -> list[bytes]:
    """The events of a parcel, each with what is known of it."""
    return [stamp.put_on(item) for item in parcel.items] if stamp.says_anything else parcel.items


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
