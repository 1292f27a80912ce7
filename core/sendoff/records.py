"""The records that the journal's entries stand for: one for each decision, attempt and exchange.

Each has a `kind` and the time `at` (UTC, ISO 8601):

- `decision`: `number` of the event, `message_id`, `route`, `decision`, `reason`, `detail`, `rule`,
  `action`, `delivery_id`, `blueprint`, `warnings`
- `attempt`: `delivery_id`, `message_id`, `route`, `attempt`, `outcome`, what the outcome says, and
  `then`: what followed (`Done`, `Later`, `Dead`)
- `exchange`: `route`, `deliveries`, method, url, status, and both bodies
- `hold`: `route`, `reason` (None: it goes on), `detail`
- `dropped`: the `count` of entries that the store could not keep
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sendoff.decision import Decision
    from sendoff.store.promise import Store, Verdicts

    Record = Mapping[str, Any]

_LOOKED_THROUGH: Final = 200
"""Records of the journal in which the number of the newest event is looked for."""


def of(entry: Record, verdicts: Mapping[int, Verdicts]) -> Iterator[Record]:
    """The records of an entry. `verdicts` has what was decided about the events it names."""
    at = {"at": entry["at"]} if "at" in entry else {}
    if entry.get("kind") == "decided":
        known = (verdicts[number] for number in entry["numbers"] if number in verdicts)
        for each in known:
            for decision in each.decisions:
                yield {**at, **_decision(each, decision)}
    elif entry.get("kind") == "attempts":
        for attempt in _attempts(entry):
            yield {**at, **attempt}
    else:
        yield entry


async def newest(store: Store, many: int) -> tuple[int, list[Record]]:
    """The newest `many` records, oldest first; and the number of the last entry there is."""
    found = await store.notes(-max(1, many), max(1, many))
    last = found[-1][0] if found else 0
    read = await _read(store, [entry for _number, entry in found])
    return last, read[len(read) - min(many, len(read)) :]


async def after(
    store: Store, number: int, limit: int, *, wait: float = 0.0
) -> tuple[int, list[Record]]:
    """The records of at most `limit` entries behind a number, and the number of the last of them.

    Waits up to `wait` seconds where there is none yet.
    """
    found = await store.notes(number, limit, wait=wait)
    last = found[-1][0] if found else number
    return last, await _read(store, [entry for _number, entry in found])


async def before(store: Store, number: int, limit: int) -> tuple[int, list[Record]]:
    """The records of at most `limit` entries up to a number, and the number before the first."""
    found = await store.notes(max(0, number - limit), limit)
    kept = [(at, entry) for at, entry in found if at <= number]
    first = kept[0][0] - 1 if kept else 0
    return first, await _read(store, [entry for _at, entry in kept])


async def of_event(store: Store, number: int) -> list[Record]:
    """What was decided about an event, be the journal's entry about it gone or not."""
    verdicts = await store.decisions([number])
    return [_decision(each, decision) for each in verdicts for decision in each.decisions]


async def newest_event(store: Store) -> int:
    """The highest number of an event that is known: each is counted, and its decision noted."""
    _last, found = await newest(store, _LOOKED_THROUGH)
    decided = [int(each["number"]) for each in found if each.get("kind") == "decision"]
    undecided = [each.number for each in await store.undecided(_LOOKED_THROUGH)]
    counted = (await store.totals()).get("", {}).get("events", 0)
    return max([counted, *decided, *undecided])


async def _read(store: Store, entries: Sequence[Record]) -> list[Record]:
    decided = [each for each in entries if each.get("kind") == "decided"]
    numbers = [number for each in decided for number in each["numbers"]]
    found = await store.decisions(numbers) if numbers else ()
    verdicts = {each.number: each for each in found}
    return [record for entry in entries for record in of(entry, verdicts)]


def _decision(verdicts: Verdicts, decision: Decision) -> Record:
    return {
        "kind": "decision", "number": verdicts.number, "message_id": verdicts.message_id,
        "route": decision.route, "decision": decision.verdict, "reason": decision.reason,
        "detail": decision.detail, "rule": decision.rule, "action": decision.action,
        "delivery_id": decision.delivery_id, "blueprint": decision.blueprint,
        "warnings": list(decision.warnings),
    }  # fmt: skip


def _attempts(entry: Record) -> Iterator[Record]:
    for came in entry["came"]:
        said = {name: value for name, value in came.items() if name != "deliveries"}
        for delivery_id, message_id, attempt in came["deliveries"]:
            yield {
                "kind": "attempt", "delivery_id": delivery_id, "route": entry["route"],
                "attempt": attempt, "message_id": message_id, **said,
            }  # fmt: skip
