"""The records of the journal in a line each, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sendoff.report.display import Display

    Record = Mapping[str, Any]

_OUTCOMES: Final = {
    "Delivered": "delivered",
    "Skipped": "skipped",
    "Retry": "did not work",
    "Throttled": "throttled",
    "TooLarge": "too large",
    "Rejected": "refused",
    "NeedsOperator": "needs an operator",
}
_THEN: Final = {"Later": "(comes again)", "Dead": "(dead)"}
_OF_AN_EVENT: Final = frozenset({"decision", "attempt"})


def told(record: Record, display: Display) -> str:
    """One record in one line: when, on which route, about what, and what happened."""
    at = second(record.get("at"))
    route = display.text(str(record.get("route") or "-"))
    what = " ".join(filter(None, (_who(record, display), phrase(record, display))))
    return "  ".join(filter(None, (at, route, what)))


def second(time: object) -> str:
    """A time as the store has it, in ISO text and UTC, with its day and to the second."""
    return str(time or "")[:19].replace("T", " ")


def phrase(record: Record, display: Display) -> str:
    """What happened, alone."""
    return _TELLERS.get(str(record.get("kind")), _anything)(record, display)


def _decision(record: Record, display: Display) -> str:
    verdict = str(record.get("decision"))
    rule = f"{record.get('rule')}, {record.get('action')}"
    why = rule if verdict == "send" else _why(record, display)
    return " ".join(filter(None, ("decided:", verdict, why)))


def _attempt(record: Record, display: Display) -> str:
    outcome = str(record.get("outcome"))
    said = f"attempt {record.get('attempt')}: {_OUTCOMES.get(outcome, outcome)}"
    then = _THEN.get(str(record.get("then")), "")
    why = ": ".join(filter(None, (said, _why(record, display))))
    return " ".join(filter(None, (why, then)))


def _exchange(record: Record, display: Display) -> str:
    request = f"{record.get('method')} {record.get('url')}"
    seconds = record.get("seconds")
    took = f" in {seconds:.2f} s" if isinstance(seconds, float) else ""
    error = record.get("error")
    answer = f": {error}" if error else f" {record.get('status')}"
    return f"{display.text(request)}{display.text(answer)}{took}"


def _hold(record: Record, display: Display) -> str:
    return f"held: {_why(record, display)}" if record.get("reason") else "goes on"


def _anything(record: Record, display: Display) -> str:
    return display.value(dict(record))


def _who(record: Record, display: Display) -> str:
    """The event, where a record names one."""
    if record.get("kind") not in _OF_AN_EVENT:
        return ""
    return display.text(str(record.get("message_id") or record.get("delivery_id") or ""))


def _why(record: Record, display: Display) -> str:
    detail = display.detail(str(record.get("detail") or ""))
    return ": ".join(filter(None, (display.text(str(record.get("reason") or "")), detail)))


_TELLERS: Final[Mapping[str, Callable[[Record, Display], str]]] = {
    "decision": _decision,
    "attempt": _attempt,
    "exchange": _exchange,
    "hold": _hold,
}
