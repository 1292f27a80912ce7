"""What is in a body: events as they were written, and what is said of all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sendoff.errors import InvalidEvent
from sendoff.event import MAX_BYTES
from sendoff.event.repair import repaired
from sendoff.server.cutting import NOT_PLAIN, Members, decoded_members, items_of, members_of
from sendoff.server.refusal import Refused
from sendoff.server.stamp import shared_too_much

if TYPE_CHECKING:
    from collections.abc import Callable

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


_NO_OBJECT: Final = msgspec.Raw(_NULL)


class _Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    write_key: str | None = None
    context: msgspec.Raw = _NO_OBJECT
    integrations: msgspec.Raw = _NO_OBJECT


class _Item(msgspec.Struct, gc=False):
    """An object, of which nothing is read."""


class _Counted(msgspec.Struct):
    batch: list[_Item]


class _Single(msgspec.Struct, rename="camel"):
    write_key: str | None = None


_decode_batch: Final = msgspec.json.Decoder(_Batch).decode
_count_batch: Final = msgspec.json.Decoder(_Counted).decode
_decode_single: Final = msgspec.json.Decoder(_Single).decode


def plain_batch(body: bytes, most: int) -> Parcel | None:
    """The parcel of a batch that is JSON to the letter, as nearly all are; None for others.

    Raises Refused for one of more than `most` events.
    """
    try:
        # Millions would be a second's work: they are counted before they are made.
        if body.count(b",") >= most and len(_count_batch(body).batch) > most:
            raise _too_many(most)
        batch = _decode_batch(body)
        context = _shared(bytes(batch.context), decoded_members)
        integrations = _shared(bytes(batch.integrations), decoded_members)
    except NOT_PLAIN:
        return None
    items = [bytes(item) for item in batch.batch]
    return Parcel(items, batch.write_key or "", context, integrations)


def odd_batch(body: bytes, most: int) -> Parcel:
    """The parcel of a batch in which something is odd: an event for itself, or all of it.

    Raises Refused for what is no object, has no list of events, or more than `most`.
    """
    members = _object(body)
    if "batch" not in members:
        raise Refused(400, "no_batch", "the body has no `batch`: a list of events")
    items = items_of(members["batch"], most)
    if items is None:
        raise Refused(400, "batch_not_a_list", "`batch` is no list of events")
    if len(items) > most:
        raise _too_many(most)
    return Parcel(
        items, _text(members.get("writeKey", _NULL)),
        _shared(members.get("context", _NULL), members_of),
        _shared(members.get("integrations", _NULL), members_of),
        is_odd=True,
    )  # fmt: skip


def plain_key(body: bytes) -> str | None:
    """The write key in a body, found without its events; None where that takes longer."""
    try:
        return _decode_single(body).write_key or ""
    except NOT_PLAIN:
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


def _too_many(most: int) -> Refused:
    return Refused(
        413, "too_many_events", f"there are more than {most} events in one batch, the limit"
    )


def _shared(text: bytes, members: Callable[[bytes], Members | None]) -> Members:
    """What is put under each event's own; raises Refused where no event could hold it."""
    if text == _NULL:
        return {}
    if len(text) > MAX_BYTES:
        raise shared_too_much(MAX_BYTES)
    return members(text) or {}


def _text(literal: bytes) -> str:
    try:
        value: Any = msgspec.json.decode(literal)
    except NOT_PLAIN:
        return ""
    return value if isinstance(value, str) else ""
