"""Every dialect of the envelope, read into the fields of the plain one."""

from __future__ import annotations

from typing import Any, Final, cast, get_args

from sendoff.errors import InvalidEvent
from sendoff.event.blank import is_blank
from sendoff.event.categories import CATEGORISED
from sendoff.event.envelope import EventType
from sendoff.event.identifiers import id_text
from sendoff.event.limits import check_depth, may_be_too_deep
from sendoff.event.marks import Mark, json_kind, path
from sendoff.event.repair import decode_any

_TYPES: Final = get_args(EventType)
_IDS: Final = {
    "user_id": "userId",
    "anonymous_id": "anonymousId",
    "group_id": "groupId",
    "previous_id": "previousId",
    "message_id": "messageId",
}
_TEXTS: Final = {
    each: ("event", "name", "category") if each in CATEGORISED else ("event", "name")
    for each in _TYPES
}
_OBJECTS: Final = {"root_traits": "traits", "properties": "properties", "context": "context"}
_NESTED: Final = (*_OBJECTS.values(), "integrations")


def read_envelope(message: bytes, mark: Mark) -> dict[str, Any]:
    """The fields of an Envelope from a message of any dialect, in camelCase or snake_case.

    Raises InvalidEvent; what is odd but no reason to refuse is left out and marked.
    """
    sent, was_repaired = decode_any(message)
    if not isinstance(sent, dict):
        raise InvalidEvent(f"an event is an object, not {json_kind(sent)}")
    if was_repaired:
        mark("repaired_text")
    fields: dict[str, Any] = {"type": _type(sent.get("type"))}
    for field in _TEXTS[fields["type"]]:
        fields[field] = _text(sent, field, mark)
    for field, camel in _IDS.items():
        fields[field] = _id(sent, camel, field, mark)
    for field, key in _OBJECTS.items():
        fields[field] = _object(sent, key)
    if may_be_too_deep(message):
        for key in _NESTED:
            check_depth(sent.get(key), f"$.{key}", level=2)
    fields["integrations"] = _integrations(sent.get("integrations"), mark)
    fields["sent_timestamp"] = sent.get("timestamp")
    original = _spelling(sent, "originalTimestamp", "original_timestamp", mark)
    fields["original_timestamp"] = sent.get(original)
    return fields


def _type(value: object) -> EventType:
    if not isinstance(value, str):
        raise InvalidEvent(f"an event's type is text, not {json_kind(value)}", "$.type")
    folded = value.strip().casefold()
    if folded not in _TYPES:
        raise InvalidEvent(f"unknown type {value[:40]!r}, known are {', '.join(_TYPES)}", "$.type")
    return cast("EventType", folded)


def _text(sent: dict[str, Any], key: str, mark: Mark) -> str | None:
    value = sent.get(key)
    if value is None or isinstance(value, str):
        return value
    mark(f"{key}_ignored: $.{key}")
    return None


def _id(sent: dict[str, Any], camel: str, snake: str, mark: Mark) -> str | None:
    key = _spelling(sent, camel, snake, mark)
    try:
        return id_text(sent.get(key))
    except ValueError as error:
        raise InvalidEvent(str(error), f"$.{key}") from None


def _spelling(sent: dict[str, Any], camel: str, snake: str, mark: Mark) -> str:
    """The key that holds the value: the camelCase one if both do, and the other is marked."""
    if snake not in sent or is_blank(sent[snake]):
        return camel
    if is_blank(sent.get(camel)):
        return snake
    if sent[snake] != sent[camel]:
        mark(f"second_spelling_ignored: $.{snake}")
    return camel


def _object(sent: dict[str, Any], key: str) -> dict[str, Any]:
    value = sent.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidEvent(f"neither an object nor null, but {json_kind(value)}", f"$.{key}")
    return value


def _integrations(value: object, mark: Mark) -> dict[str, Any]:
    """The switches that are one: name to boolean or options; null says nothing."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        mark("integrations_ignored: $.integrations")
        return {}
    switches = {name: switch for name, switch in value.items() if isinstance(switch, (bool, dict))}
    for name, switch in value.items():
        if name not in switches and switch is not None:
            mark(f"integrations_ignored: {path('$.integrations', name)}")
    return switches
