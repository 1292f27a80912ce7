"""What of the journal is wanted: the same for the page, its stream and its JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sendoff.debugger.asked import Asked
from sendoff.event.names import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.debugger.subjects import Subject

    Record = Mapping[str, Any]

OUTCOMES: Final = (
    "send", "drop", "dead", "duplicate", "request", "delivered", "skipped", "retry", "throttled",
    "too_large", "rejected", "needs_operator", "held", "resumed", "gap",
)  # fmt: skip
"""What a record may tell of; `dead` whether it was decided so or became so."""

_ATTEMPTS: Final = {
    "Delivered": "delivered", "Skipped": "skipped", "Retry": "retry", "Throttled": "throttled",
    "TooLarge": "too_large", "Rejected": "rejected", "NeedsOperator": "needs_operator",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters(Asked):
    """What is asked for. Raises ValueError, in words, for a time that is none.

    `status` is that of an answer, or its class (`4xx`). `event` compares like a blueprint's.
    `person` is a user id, an anonymous id or an email. `since` and `until` are ISO 8601, UTC unless
    they say otherwise. `text` stands anywhere in what is shown of the record.
    """

    route: str = ""
    outcome: str = ""
    reason: str = ""
    rule: str = ""
    event: str = ""
    person: str = ""
    status: str = ""
    since: str = ""
    until: str = ""
    text: str = ""
    _since: datetime | None = field(default=None, init=False, repr=False, compare=False)
    _until: datetime | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Read once: thousands of records are compared with them.
        object.__setattr__(self, "_since", _moment(self.since, "since"))
        object.__setattr__(self, "_until", _moment(self.until, "until"))

    def fits(self, record: Record) -> bool:
        """Whether a record may be wanted, as far as it tells itself."""
        return (
            self.route in ("", record.get("route"))
            and self.outcome in ("", outcome_of(record))
            and self.reason in ("", record.get("reason"))
            and _has_status(record, self.status)
            and self._in_time(record)
        )

    @property
    def asks_events(self) -> bool:
        """Whether the events of a record decide as well."""
        return bool(self.rule or self.event or self.person)

    def fitting(self, record: Record, subjects: Sequence[Subject]) -> Sequence[Subject]:
        """Those of a record's events that are wanted."""
        return [each for each in subjects if self._fits_subject(record, each)]

    def _fits_subject(self, record: Record, subject: Subject) -> bool:
        if self.rule and self.rule != subject.rules.get(record.get("route") or ""):
            return False
        if self.event and self.event != subject.type and fold(self.event) not in subject.names:
            return False
        people = {each.casefold() for each in subject.people}
        return not self.person or self.person.casefold() in people

    def _in_time(self, record: Record) -> bool:
        since, until = self._since, self._until
        if since is None and until is None:
            return True
        at = _moment(str(record.get("at") or ""), "at")
        return at is not None and (not since or since <= at) and (not until or at <= until)


def outcome_of(record: Record) -> str:
    """What a record tells of, one of `OUTCOMES`."""
    match record.get("kind"):
        case "decision":
            return str(record.get("decision"))
        case "attempt":
            outcome = str(record.get("outcome"))
            return "dead" if record.get("then") == "Dead" else _ATTEMPTS.get(outcome, outcome)
        case "exchange":
            return "request"
        case "hold":
            return "held" if record.get("reason") else "resumed"
    return "gap"


def _has_status(record: Record, wanted: str) -> bool:
    if not wanted:
        return True
    status = str(record.get("status") or "")
    return status == wanted or (bool(status) and wanted.casefold() == f"{status[0]}xx")


def _moment(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"`{name}` is no time: write it like 2026-01-02T14:05 (UTC)"
        raise ValueError(message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
