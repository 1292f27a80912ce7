"""What is in a body: events as they were written, and what is said of all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from sendoff.errors import InvalidEvent
from sendoff.event.repair import repaired
from sendoff.server.cutting import Members, items_of, members_of
from sendoff.server.refusal import Refused

_NULL: Final = b"null"


@dataclass(frozen=True, slots=True)
class Parcel:
    """The events of a request, and the `context` and `integrations` that are under each one's own.

    `is_odd` tells that it is not JSON to the letter: its events take longer to change.
    """

    items: list[bytes]
    write_key: str = ""
    context: Members = field(default_factory=dict)
    integrations: Members = field(default_factory=dict)
    is_odd: bool = False


class _Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    write_key: str | None = None
    context: dict[str, msgspec.Raw] | None = None
    integrations: dict[str, msgspec.Raw] | None = None


class _Single(msgspec.Struct, rename="camel"):
    write_key: str | None = None


_decode_batch: Final = msgspec.json.Decoder(_Batch).decode
_decode_single: Final = msgspec.json.Decoder(_Single).decode


def plain_batch(body: bytes) -> Parcel | None:
    """The parcel of a batch that is JSON to the letter, as nearly all are; None for others."""
    try:
        batch = _decode_batch(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    return Parcel(
        [bytes(item) for item in batch.batch], batch.write_key or "",
        _members(batch.context), _members(batch.integrations),
    )  # fmt: skip


def odd_batch(body: bytes) -> Parcel:
    """The parcel of a batch in which something is odd: an event for itself, or all of it.

    Raises Refused for what is no object, or has no list of events.
    """
    members = _object(body)
    if "batch" not in members:
        raise Refused(400, "no_batch", "the body has no `batch`: a list of events")
    items = items_of(members["batch"])
    if items is None:
        raise Refused(400, "batch_not_a_list", "`batch` is no list of events")
    return Parcel(
        items, _text(members.get("writeKey", _NULL)),
        members_of(members.get("context", _NULL)) or {},
        members_of(members.get("integrations", _NULL)) or {},
        is_odd=True,
    )  # fmt: skip


def plain_key(body: bytes) -> str | None:
    """The write key in a body, found without its events; None where that takes longer."""
    try:
        return _decode_single(body).write_key or ""
    except (msgspec.DecodeError, RecursionError):
        return None


def plain_single(body: bytes) -> Parcel | None:
    """The parcel of one event that is JSON to the letter; None for others."""
    key = plain_key(body)
    return None if key is None else Parcel([body], key)


def odd_single(body: bytes) -> Parcel:
    """The parcel of one event that may be JSON once it is repaired; raises Refused for others.

    What nests too deep is JSON all the same: an event that is none, and accepted as such.
    """
    members = _object(body)
    try:
        repaired(body)
    except ValueError:
        raise _no_json() from None
    except (RecursionError, InvalidEvent):
        pass
    return Parcel([body], _text(members.get("writeKey", _NULL)), is_odd=True)


def _object(body: bytes) -> Members:
    members = members_of(body)
    if members is None:
        raise _no_json()
    return members


def _no_json() -> Refused:
    return Refused(400, "invalid_json", "the body is no JSON object in UTF-8")


def _members(raw: dict[str, msgspec.Raw] | None) -> Members:
    return {key: bytes(value) for key, value in raw.items()} if raw else {}


def _text(literal: bytes) -> str:
    try:
        value: Any = msgspec.json.decode(literal)
    except (msgspec.DecodeError, RecursionError):
        return ""
    return value if isinstance(value, str) else ""
