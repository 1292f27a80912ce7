"""How much of a route goes in one request: what its destination takes, or less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.destination import Batching
from sendoff.quantities import parse_duration, parse_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.destination import Destination
    from sendoff.pipeline_file.reading import At, Reading

LONGEST_WAIT = 60.0
"""Seconds that a delivery may wait for others to join it."""


def load_batching(
    raw: Any, at: At, destination: Destination, settings: Mapping[str, Any], reading: Reading
) -> Batching:
    """What goes in one request of the route at a place; what is wrong with it is noted."""
    usual = _usual(destination, settings, at, reading)
    batch = raw if isinstance(raw, dict) else {}
    place = (*at, "batch")
    if batch and usual.max_events == 1:
        message = "with these settings, this destination takes one delivery a request"
        reading.problem(place, message, "leave `batch` out")
        return usual
    events = batch.get("max_events", usual.max_events)
    if isinstance(events, int) and events > usual.max_events:
        message = f"this destination takes at most {usual.max_events} deliveries a request"
        reading.problem((*place, "max_events"), message, "lower it")
    wait = reading.quantity(
        (*place, "max_wait"), batch.get("max_wait"), parse_duration, usual.max_wait
    )
    if "max_wait" in batch and wait > LONGEST_WAIT:
        message = f"a delivery waits at most {LONGEST_WAIT:.0f}s for others to join it"
        reading.problem((*place, "max_wait"), message, "lower it")
    return Batching(events, _max_bytes(batch, place, usual.max_bytes, reading), wait)


def _usual(
    destination: Destination, settings: Mapping[str, Any], at: At, reading: Reading
) -> Batching:
    try:
        return destination.batching_for(settings)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        # Settings that are wrong were told already, and it may rely on their schema.
        if not reading.problems:
            broke = f"`batching_for` of `{destination.name}` broke with {type(error).__name__}"
            reading.problem((*at, "settings"), broke, "report it to the author of the plugin")
        return destination.batching


def _max_bytes(
    batch: Mapping[str, Any], place: At, most: int | None, reading: Reading
) -> int | None:
    place = (*place, "max_bytes")
    size = int(reading.quantity(place, batch.get("max_bytes"), _some_bytes, 0.0))
    if most is not None and size > most:
        message = f"this destination takes at most {most} bytes a request"
        reading.problem(place, message, "lower it")
    return size or most


def _some_bytes(text: str) -> int:
    size = parse_size(text)
    if size == 0:
        raise ValueError("`max_bytes` must be more than 0B: raise it")
    return size
