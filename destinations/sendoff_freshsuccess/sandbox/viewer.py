"""What became of the events: the vendor's Instrumentation Viewer, and what it does not show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sendoff.testing.sandbox import Recent, timestamp
from sendoff_freshsuccess.sandbox.sums import Sums

if TYPE_CHECKING:
    from sendoff_freshsuccess.sandbox.rules import Dropped, Event

_SHOWN: Final = 100
_LINE: Final = 300
_NAMED_BY: Final = {
    "feature": "feature",
    "moduleEnd": "module",
    "sessionSync": "sessionId",
    "identifyUser": "userId",
    "identifyAccount": "accountId",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """An event that was kept; `doubts` are the rules of sendoff's own that it breaks."""

    id: int
    at: float
    event: Event
    doubts: tuple[str, ...] = ()

    def shown(self) -> dict[str, object]:
        """The event on the page; `name` says in a word or two what it is."""
        action = self.event["action"]
        return {
            "id": self.id,
            "at": timestamp(self.at),
            "name": f"{action} {self.event[_NAMED_BY[action]]}"[:_LINE],
            "event": self.event,
            "doubts": list(self.doubts),
        }


@dataclass(frozen=True, slots=True)
class Lost:
    """A line that was dropped, cut at 300 characters, with the rule it broke and why."""

    id: int
    at: float
    rule: str
    reason: str
    line: str

    def shown(self) -> dict[str, object]:
        """The line on the page."""
        return {
            "id": self.id,
            "at": timestamp(self.at),
            "rule": self.rule,
            "reason": self.reason,
            "line": self.line,
        }


class Viewer:
    """The last 1000 events kept and lines dropped, and exact counts and sums of them all.

    `totals` are by account, user, product, module and feature, `times` by account, user and module,
    `sessions` by account, user and session.
    """

    def __init__(self) -> None:
        self.kept: Recent[Kept] = Recent()
        self.dropped: Recent[Lost] = Recent()
        self.doubtful = 0
        self.by_action: Counter[str] = Counter()
        self.by_rule: Counter[str] = Counter()
        self.totals = Sums("total", "accountId", "userId", "product", "module", "feature")
        self.times = Sums("timeSpent", "accountId", "userId", "module")
        self.sessions = Sums("activeDuration", "accountId", "userId", "sessionId")

    def keep(self, event: Event, size: int, doubts: list[Dropped], at: float) -> None:
        """Keep an event, whose line had this many bytes."""
        self.by_action[event["action"]] += 1
        self.doubtful += bool(doubts)
        self.kept.add(Kept(self.kept.added + 1, at, event, tuple(map(str, doubts))), size)
        if event["action"] == "feature":
            self.totals.add(event, default=1)
        elif event["action"] == "moduleEnd":
            self.times.add(event)
        elif event["action"] == "sessionSync":
            self.sessions.add(event)

    def drop(self, line: bytes, why: Dropped, at: float) -> None:
        """Note a line that is not kept."""
        text = line[: 4 * _LINE].decode("utf-8", "replace")[:_LINE]
        self.by_rule[why.rule] += 1
        self.dropped.add(Lost(self.dropped.added + 1, at, why.rule, why.reason, text), len(text))

    def counts(self) -> dict[str, object]:
        """How many events were kept and lines dropped, how many of the former are doubtful."""
        return {
            "events": self.kept.added,
            "dropped": self.dropped.added,
            "doubtful": self.doubtful,
            "by_action": dict(sorted(self.by_action.items())),
            "by_rule": dict(sorted(self.by_rule.items())),
        }

    def contents(self) -> dict[str, object]:
        """The last hundred events kept and lines dropped, and the sums."""
        return {
            "events": [each.shown() for each in self.kept.last(_SHOWN)],
            "dropped": [each.shown() for each in self.dropped.last(_SHOWN)],
            "aggregates": {
                "total": self.totals.totals(),
                "timeSpent": self.times.totals(),
                "activeDuration": self.sessions.readings(),
                "beyond": {
                    "total": self.totals.beyond,
                    "timeSpent": self.times.beyond,
                    "activeDuration": self.sessions.beyond,
                },
            },
        }
