"""What was done about an event on one route: each request and attempt, and what comes next."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sendoff.report.lines import phrase
from sendoff.retry import FIRST_WAIT, LONGEST_WAIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.report.display import Display

    Record = Mapping[str, Any]
    Shown = dict[str, Any]

_ENDS: Final = {"Delivered": "delivered", "Skipped": "skipped"}


def history(records: Sequence[Record], display: Display) -> list[Shown]:
    """Attempts and requests in their order, as they may be shown."""
    return [
        _exchange(each, display) if each.get("kind") == "exchange" else _attempt(each, display)
        for each in records
        if each.get("kind") in {"exchange", "attempt"}
    ]


def state(records: Sequence[Record], *, dead: bool) -> str:
    """How far a *send* has come: `delivered`, `skipped`, `dead`, `comes again` or `waiting`.

    The journal keeps the newest alone: of what was sent long ago it may know nothing.
    """
    if dead:
        return "dead"
    attempts = [each for each in records if each.get("kind") == "attempt"]
    if not attempts:
        return "waiting"
    last = attempts[-1]
    if last.get("then") == "Dead":
        return "dead"
    return _ENDS.get(str(last.get("outcome")), "comes again")


def next_try(records: Sequence[Record], *, held: bool = False) -> str | None:
    """When it comes again, as far as the last attempt tells; None where it does not.

    Where the route is held, that is no time of its own.
    """
    attempts = [each for each in records if each.get("kind") == "attempt"]
    if not attempts or attempts[-1].get("then") != "Later":
        return None
    last = attempts[-1]
    if held or last.get("outcome") == "NeedsOperator":
        return "when the route is no longer held"
    after = last.get("after")
    doublings = min(int(last.get("attempt") or 1) - 1, 16)
    wait = after if after is not None else min(LONGEST_WAIT, FIRST_WAIT * 2.0**doublings)
    at = datetime.fromisoformat(str(last["at"])) + timedelta(seconds=wait)
    when = f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return f"not before {when}" if after is not None else f"due by {when} at the latest"


def _attempt(record: Record, display: Display) -> Shown:
    return {
        "kind": "attempt", "at": record.get("at"), "attempt": record.get("attempt"),
        "outcome": record.get("outcome"), "then": record.get("then"),
        "what": phrase(record, display),
    }  # fmt: skip


def _exchange(record: Record, display: Display) -> Shown:
    return {
        "kind": "exchange", "at": record.get("at"), "what": phrase(record, display),
        "method": record.get("method"), "url": display.text(str(record.get("url") or "")),
        "status": record.get("status"), "seconds": record.get("seconds"),
        "error": _text(record.get("error"), display),
        "request": _message(record, "request", display),
        "answer": _message(record, "answer", display),
    }  # fmt: skip


def _message(record: Record, of: str, display: Display) -> Shown:
    """A request or an answer: its body as JSON where it is that, else in lines."""
    text = str(record.get(f"{of}_body") or "")
    body: Any = None
    with suppress(msgspec.DecodeError, RecursionError):
        body = display.covered(msgspec.json.decode(text))
    lines = text.split("\n") if text and body is None else []
    return {
        "headers": display.covered(dict(record.get(f"{of}_headers") or {})),
        "body": body, "lines": [display.text(line) for line in lines],
    }  # fmt: skip


def _text(value: Any, display: Display) -> str | None:
    return display.text(str(value)) if value else None
