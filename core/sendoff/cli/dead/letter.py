"""A dead letter in words, and as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sendoff.blueprint.values import has_value
from sendoff.decider import read_event
from sendoff.errors import InvalidEvent
from sendoff.report.remedies import remedy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sendoff.event import Event
    from sendoff.report.display import Display
    from sendoff.store.deaths import DeadLetter
    from sendoff.store.promise import Appended

_SHORT: Final = 200
"""Characters of a detail in a list."""


def event_of(
    appended: Appended | None, consent_map: Mapping[str, str]
) -> Event | InvalidEvent | None:
    """The event behind a letter, why it is none, or None where it is no longer kept."""
    if appended is None:
        return None
    return read_event(
        appended.number, appended.body, appended.fallback_key, appended.received_at, consent_map
    ).event


def as_json(letter: DeadLetter, now: datetime) -> dict[str, Any]:
    """A letter as `sendoff dead list --json` prints it."""
    return {
        "id": letter.id, "route": letter.route, "reason": letter.reason, "rule": letter.rule,
        "detail": letter.detail, "message_id": letter.message_id,
        "died_at": _died(letter, now).isoformat(timespec="seconds"),
        "event_number": letter.event_number,
        "attempts": letter.delivery.attempt if letter.delivery else 0,
    }  # fmt: skip


def contents(letter: DeadLetter, event: Event | InvalidEvent | None) -> dict[str, Any]:
    """What `sendoff dead show --json` adds: event and payload, None where there is none."""
    delivery = letter.delivery
    return {
        "action": delivery.action if delivery else None,
        "payload": delivery.payload if delivery else None,
        "maybe_delivered": delivery.maybe_delivered if delivery else False,
        "event": None if event is None or isinstance(event, InvalidEvent) else event.describe(),
        "what_to_do": remedy(letter.reason) or None,
    }  # fmt: skip


def told_in_short(letter: DeadLetter, display: Display) -> Iterator[str]:
    """A letter in two lines."""
    who = f"  {display.text(letter.message_id)}" if letter.message_id else ""
    yield f"{display.text(letter.id)}  {_ago(letter.age)}{who}"
    where = f"{display.text(letter.route)}, " if letter.route else ""
    detail = display.detail(letter.detail)
    detail = detail if len(detail) <= _SHORT else f"{detail[:_SHORT]}…"
    yield f"  {where}{letter.reason}: {detail}"


def told(
    letter: DeadLetter, event: Event | InvalidEvent | None, now: datetime, display: Display
) -> Iterator[str]:
    """All about a letter."""
    where = f" on {display.text(letter.route)}" if letter.route else ""
    yield f"Dead{where} ({letter.reason}): {display.detail(letter.detail)}"
    if todo := remedy(letter.reason):
        yield f"  what to do: {todo}"
    yield f"  id: {display.text(letter.id)}"
    yield f"  died: {_died(letter, now):%Y-%m-%d %H:%M:%S} UTC, {_ago(letter.age)}"
    if letter.rule:
        yield f"  rule: {display.text(letter.rule)}"
    if letter.message_id:
        yield f"  message id: {display.text(letter.message_id)}"
    yield from _delivery(letter, display)
    yield from _again(letter, event, display)
    yield ""
    yield from _event(letter, event, display)


def _delivery(letter: DeadLetter, display: Display) -> Iterator[str]:
    delivery = letter.delivery
    if delivery is None:
        yield "  nothing was sent: it died as it was decided"
        return
    times = "1 attempt" if delivery.attempt == 1 else f"{delivery.attempt} attempts"
    maybe = ", one of which may have arrived" if delivery.maybe_delivered else ""
    yield f"  {delivery.action}: {times}{maybe}"
    yield f"  payload: {display.value(delivery.payload)}"


def _again(
    letter: DeadLetter, event: Event | InvalidEvent | None, display: Display
) -> Iterator[str]:
    """How it is sent after all, in each way that there is for it."""
    command = f"sendoff dead replay {display.text(letter.id)}"
    if letter.delivery is not None:
        yield f"  to send it as it is: `{command} --yes`"
    if letter.route and event is not None and not isinstance(event, InvalidEvent):
        yield f"  to decide it anew by the blueprint of now: `{command} --remap --yes`"


def _event(
    letter: DeadLetter, event: Event | InvalidEvent | None, display: Display
) -> Iterator[str]:
    number = f"event {letter.event_number}"
    if event is None:
        yield f"The {number} is no longer kept (`events.keep`), so it cannot be decided anew."
    elif isinstance(event, InvalidEvent):
        yield f"Its message, number {letter.event_number}, is no event."
    else:
        yield f"The {number}, as it was read:"
        described = event.describe()
        for name, shown in display.members(described).items():
            if has_value(described[name]):
                yield f"  {name}: {shown}"


def _died(letter: DeadLetter, now: datetime) -> datetime:
    return now - timedelta(seconds=letter.age)


def _ago(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
